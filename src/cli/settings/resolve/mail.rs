//! `[notice]` and `[mail]`.

use toml::Spanned;

use super::super::file::{Mail, Notice};
use super::Reader;
use crate::domain::ledger::Threshold;
use crate::domain::period::Span;
use crate::edge::blob::Blob;
use crate::edge::mail::{Address, Folder, Patience, Secret, Smtp, Tls, Transport};
use crate::pipeline::AppError;
use crate::pipeline::{MailConfig, NoticeConfig};

impl Reader<'_> {
    pub(super) fn notice(&self, notice: &Notice) -> Result<NoticeConfig, AppError> {
        let default = match &notice.default {
            None => Vec::new(),
            Some(text) => Threshold::parse_all(text.get_ref()).ok_or_else(|| {
                self.wrong(&text.span(), format!("{:?} is no threshold", text.get_ref()))
                    .hint("10% of the last top-up, 500 in the wallet's unit, 3d of use, or several: \"10%;3d\"")
            })?,
        };
        let top_up_url = match &notice.top_up_url {
            Some(url) if !is_web(url.get_ref()) => {
                return Err(self.wrong(&url.span(), format!("{:?} is no https:// address", url.get_ref())));
            }
            url => url.as_ref().map(|url| url.get_ref().clone()),
        };
        Ok(NoticeConfig { default, top_up_url })
    }

    pub(super) fn mail(&self, mail: &Mail) -> Result<MailConfig, AppError> {
        Ok(MailConfig {
            transport: self.transport(mail)?,
            from: self.address(&mail.from)?,
            reply_to: mail.reply_to.as_ref().map(|a| self.address(a)).transpose()?,
            operator: mail.operator.as_ref().map(|a| self.address(a)).transpose()?,
            fresh: mail.fresh.as_ref().map_or(Ok(Span::from_hours(24)), |s| self.span(s, "24h"))?,
        })
    }

    fn address(&self, text: &Spanned<String>) -> Result<Address, AppError> {
        Address::parse(text.get_ref()).map_err(|e| self.wrong(&text.span(), e.to_string()))
    }

    fn transport(&self, mail: &Mail) -> Result<Transport, AppError> {
        let url = mail.url.get_ref().as_str();
        let wrong = |what: &str| {
            self.wrong(&mail.url.span(), what.to_owned())
                .hint("smtp://HOST:PORT (?tls=required or ?tls=none), smtps://HOST:PORT, or file:FOLDER")
        };
        if let Some(folder) = url.strip_prefix("file:") {
            let folder = folder.strip_prefix("//").unwrap_or(folder);
            if folder.is_empty() {
                return Err(wrong("the url names no folder"));
            }
            return Ok(Transport::Folder(Folder(Blob::folder(self.dir.join(folder)))));
        }
        let (scheme, rest) = url.split_once("://").ok_or_else(|| wrong("the url is none mail can go to"))?;
        let (server, options) = rest.split_once('?').unwrap_or((rest, ""));
        let server = server.trim_end_matches('/');
        if server.contains('@') {
            // The text itself may hold a password: it is not repeated.
            return Err(wrong("the url names a user; that is for user and password_file"));
        }
        let tls = match (scheme, options) {
            ("smtps", "") => Tls::Wrapped,
            ("smtp", "") => Tls::Offered,
            ("smtp", "tls=required") => Tls::Required,
            ("smtp", "tls=none") => Tls::Never,
            _ => return Err(wrong("the url is none mail can go to")),
        };
        let usual = match (tls, &mail.user) {
            (Tls::Wrapped, _) => 465,
            (_, Some(_)) => 587,
            (_, None) => 25,
        };
        let (host, port) = host_and_port(server, usual).ok_or_else(|| wrong("the url names no server"))?;
        let file = |text: &Spanned<String>| self.dir.join(text.get_ref());
        if let Some(user) = mail.user.as_ref().filter(|_| mail.password_file.is_none()) {
            return Err(self.wrong(&user.span(), "there is a user and no password_file"));
        }
        Ok(Transport::Smtp(Smtp {
            host,
            port,
            tls,
            user: mail.user.as_ref().map(|u| u.get_ref().clone()),
            password: mail.password_file.as_ref().map(|path| Secret(file(path))),
            ca_file: mail.ca_file.as_ref().map(file),
            patience: Patience::default(),
        }))
    }
}

/// `host`, `host:port`, `[::1]:port`.
fn host_and_port(text: &str, usual: u16) -> Option<(String, u16)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']')?;
            (host, if after.is_empty() { None } else { Some(after.strip_prefix(':')?) })
        }
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    let port = port.map_or(Some(usual), |port| port.parse().ok())?;
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-:".contains(c);
    (!host.is_empty() && host.chars().all(plain)).then(|| (host.to_owned(), port))
}

fn is_web(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|r| !r.is_empty() && r.chars().all(|c| c.is_ascii_graphic() && !"\"<>\\".contains(c)))
}
