//! When to stop: a signal, or the end of standard input for servers that tests start.

use tokio::io::AsyncReadExt as _;
use tokio::signal::unix::{SignalKind, signal};

/// Waits until the server is asked to stop and says why.
pub(crate) async fn requested(with_stdin: bool) -> &'static str {
    let mut terminate = signal(SignalKind::terminate()).ok();
    let on_terminate = async {
        match &mut terminate {
            Some(signal) => {
                signal.recv().await;
            }
            None => std::future::pending().await,
        }
    };
    let on_stdin = async {
        if !with_stdin {
            std::future::pending::<()>().await;
        }
        let mut stdin = tokio::io::stdin();
        let mut buffer = [0_u8; 256];
        while stdin.read(&mut buffer).await.is_ok_and(|n| n > 0) {}
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => "interrupted",
        () = on_terminate => "terminated",
        () = on_stdin => "standard input ended",
    }
}
