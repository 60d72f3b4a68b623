//! The graphql-transport-ws protocol: the token comes with `connection_init`, or with the upgrade's header.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_graphql::http::{ClientMessage, WebSocket as Protocol, WebSocketProtocols, WsMessage};
use async_graphql::{Data, Executor, Request, Response as Answer};
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use futures::stream::BoxStream;
use futures::{SinkExt as _, StreamExt as _};

use crate::auth::principal::Principal;
use crate::service::{self, GraphQlRequest, Service};

/// Time a client has to send `connection_init`.
const INIT_TIMEOUT: Duration = Duration::from_secs(3);
/// Subscriptions of one socket at once would grow without bound; a frame is bounded like a body.
const FRAME_BYTES_MAX: usize = 256 * 1024;

pub(super) fn upgrade(service: Service, upgrade: WebSocketUpgrade) -> Response {
    upgrade
        .max_message_size(FRAME_BYTES_MAX)
        .protocols(["graphql-transport-ws"])
        .on_upgrade(move |socket| serve(service, socket))
}

#[derive(Clone)]
struct SocketExecutor(Service);

/// The principal that `connection_init` established.
struct SocketPrincipal(Option<Arc<Principal>>);

impl SocketExecutor {
    fn read(request: &Request) -> GraphQlRequest {
        GraphQlRequest {
            query: request.query.clone(),
            operation_name: request.operation_name.clone(),
            variables: request.variables.clone(),
        }
    }
}

impl Executor for SocketExecutor {
    async fn execute(&self, request: Request) -> Answer {
        match self.0.check(Self::read(&request)) {
            Ok(checked) => self.0.execute(checked, None).await,
            Err(answer) => *answer,
        }
    }

    fn execute_stream(
        &self,
        request: Request,
        session: Option<Arc<Data>>,
    ) -> BoxStream<'static, Answer> {
        let principal = session
            .as_ref()
            .and_then(|it| it.get(&std::any::TypeId::of::<SocketPrincipal>()))
            .and_then(|it| it.downcast_ref::<SocketPrincipal>())
            .and_then(|it| it.0.clone());
        let service = self.0.clone();
        match service.check(Self::read(&request)) {
            Err(answer) => service::once(*answer),
            Ok(checked) if checked.cost.is_subscription => service.subscribe(checked, principal),
            Ok(checked) => {
                let answer = async move { service.execute(checked, principal).await };
                futures::stream::once(answer).boxed()
            }
        }
    }
}

async fn serve(service: Service, socket: WebSocket) {
    let (mut sink, stream) = socket.split();
    let frames = stream
        .take_while(|it| std::future::ready(it.is_ok()))
        .filter_map(|it| async move {
            match it {
                Ok(Message::Text(text)) => Some(ClientMessage::from_bytes(text.as_bytes())),
                Ok(Message::Binary(bytes)) => Some(ClientMessage::from_bytes(bytes)),
                _ => None,
            }
        })
        .boxed();
    let initialized = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&initialized);
    let on_init = {
        let service = service.clone();
        move |payload: serde_json::Value| async move {
            let header = payload
                .get("authorization")
                .or_else(|| payload.get("Authorization"))
                .and_then(serde_json::Value::as_str);
            let principal = service.authenticate(header)?;
            flag.store(true, Ordering::Release);
            let mut data = Data::default();
            data.insert(SocketPrincipal(principal));
            Ok(data)
        }
    };
    let mut messages = Protocol::from_message_stream(
        SocketExecutor(service),
        frames,
        WebSocketProtocols::GraphQLWS,
    )
    .on_connection_init(on_init);
    let timeout = tokio::time::sleep(INIT_TIMEOUT);
    tokio::pin!(timeout);
    loop {
        let message = tokio::select! {
            message = messages.next() => message,
            () = &mut timeout, if !initialized.load(Ordering::Acquire) => {
                Some(WsMessage::Close(4408, "Connection initialisation timeout".to_owned()))
            }
        };
        let (frame, is_last) = match message {
            None => break,
            Some(WsMessage::Text(text)) => (Message::Text(text.into()), false),
            Some(WsMessage::Close(code, reason)) => {
                // The protocol says 4403 where the library closes with a plain protocol error.
                let refused = code == 1002 && !initialized.load(Ordering::Acquire);
                let code = if refused { 4403 } else { code };
                (
                    Message::Close(Some(CloseFrame {
                        code,
                        reason: reason.into(),
                    })),
                    true,
                )
            }
        };
        if sink.send(frame).await.is_err() || is_last {
            break;
        }
    }
}
