//! A county without plugins, for tests that deploy processes of their own.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

use crate::paths;

const COUNTY: &str =
    "tenant = '150627'\ndivision = '150627'\nname = { zh = '测试县', en = 'Test county' }\n";
const HOLIDAYS: &str = "holidays-cn.json";

/// Writes the county into `folder`: the sample county's division and calendar, and nobody and nothing else.
pub fn write_plain(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let write = |name: &str, text: &str| {
        fs::write(folder.join(name), text)
            .with_context(|| format!("cannot write {name} of the county"))
    };
    write("county.toml", COUNTY)?;
    write("staff.toml", "staff = []\n")?;
    write("parameters.toml", "")?;
    fs::copy(paths::sample_county().join(HOLIDAYS), folder.join(HOLIDAYS))
        .context("cannot copy the calendar of the sample county")?;
    Ok(())
}
