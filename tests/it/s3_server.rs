//! An S3 store inside the test process, which can be told to misbehave.

#![allow(dead_code, reason = "each of its two users needs another part")]

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, HttpResponse};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;

pub(crate) const ACCESS_KEY: &str = "test-access";
pub(crate) const SECRET_KEY: &str = "test-secret";
pub(crate) const BUCKET: &str = "lake";

/// What happens to one request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// Answered with this status, without effect.
    Refuse(u16),
    /// Takes effect, then the connection is cut before the answer.
    LoseAnswer,
    /// Takes effect, then answered with this status.
    AnswerAfter(u16),
    /// The connection is cut, without effect.
    Cut,
    /// Answered with 200 and an error in the body, without effect.
    ErrorInside,
    /// The body of the answer breaks off in its middle.
    BreakOff,
    /// Half of the body of the answer, as if it were all.
    Shorten,
}

struct Faults {
    root: PathBuf,
    /// For the next PUT requests, first in, first out.
    puts: Mutex<VecDeque<Fault>>,
    /// Requests so far, and what one of them meets.
    count: Mutex<(usize, Option<(usize, Fault)>)>,
    /// The store behind it looks and then writes; a conditional put must be one step.
    conditional: tokio::sync::Mutex<()>,
    ignore_conditions: Mutex<bool>,
}

impl Faults {
    fn new(root: &Path) -> Faults {
        Faults {
            root: root.to_owned(),
            puts: Mutex::default(),
            count: Mutex::default(),
            conditional: tokio::sync::Mutex::default(),
            ignore_conditions: Mutex::default(),
        }
    }
}

/// Runs until dropped. The bucket [`BUCKET`] exists and is empty.
pub(crate) struct S3Server {
    pub(crate) endpoint: String,
    faults: Arc<Faults>,
    runtime: Option<tokio::runtime::Runtime>,
    _root: TempDir,
}

impl S3Server {
    pub(crate) fn start() -> S3Server {
        let root = TempDir::new().expect("temporary folder");
        std::fs::create_dir(root.path().join(BUCKET)).expect("bucket");
        let mut builder = S3ServiceBuilder::new(FileSystem::new(root.path()).expect("file system"));
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let (service, faults) = (builder.build(), Arc::new(Faults::new(root.path())));
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("runtime");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("port");
        let endpoint = format!("http://{}", listener.local_addr().expect("address"));
        runtime.spawn(accept(listener, service, faults.clone()));
        S3Server { endpoint, faults, runtime: Some(runtime), _root: root }
    }

    /// The next PUT requests meet these.
    pub(crate) fn fail_puts(&self, faults: impl IntoIterator<Item = Fault>) {
        self.faults.puts.lock().expect("lock").extend(faults);
    }

    /// Counts requests anew; the one of this number, from 1, meets a fault. Gives how many there were before.
    pub(crate) fn fail_at(&self, at: Option<(usize, Fault)>) -> usize {
        std::mem::replace(&mut *self.faults.count.lock().expect("lock"), (0, at)).0
    }

    /// Empties the bucket, and fills it with these objects.
    pub(crate) fn refill(&self, objects: &[(PathBuf, Vec<u8>)]) {
        let _ = std::fs::remove_dir_all(self.bucket());
        std::fs::create_dir(self.bucket()).expect("bucket");
        for (key, bytes) in objects {
            let path = self.bucket().join(key);
            std::fs::create_dir_all(path.parent().expect("folder")).expect("folder");
            std::fs::write(path, bytes).expect("object");
        }
    }

    /// Where the bucket's objects lie as files.
    pub(crate) fn bucket(&self) -> PathBuf {
        self.faults.root.join(BUCKET)
    }

    /// From now on `If-None-Match` means nothing.
    pub(crate) fn ignore_conditions(&self) {
        *self.faults.ignore_conditions.lock().expect("lock") = true;
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn accept(listener: TcpListener, service: S3Service, faults: Arc<Faults>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (service, faults) = (service.clone(), faults.clone());
        tokio::spawn(async move {
            let answer = service_fn(move |request| serve(request, service.clone(), faults.clone()));
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}

async fn serve(
    request: Request<Incoming>,
    service: S3Service,
    faults: Arc<Faults>,
) -> Result<HttpResponse, std::io::Error> {
    let put = request.method() == Method::PUT;
    let counted = {
        let mut count = faults.count.lock().expect("lock");
        count.0 += 1;
        count.1.filter(|(at, _)| *at == count.0).map(|(_, fault)| fault)
    };
    let queued = if put { faults.puts.lock().expect("lock").pop_front() } else { None };
    let fault = counted.or(queued);
    match fault {
        Some(Fault::Refuse(status)) => return Ok(canned(status)),
        Some(Fault::Cut) => return Err(std::io::Error::other("cut")),
        Some(Fault::ErrorInside) => {
            let mut answer = canned(500);
            *answer.status_mut() = hyper::StatusCode::OK;
            return Ok(answer);
        }
        _ => {}
    }
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let bucket = path.split('/').next().unwrap_or_default();
    if !bucket.is_empty() && !faults.root.join(bucket).is_dir() {
        // The store behind it would make the bucket.
        return Ok(canned(404));
    }
    let conditional = request.headers().contains_key("if-none-match");
    let guard = if conditional { Some(faults.conditional.lock().await) } else { None };
    if conditional && *faults.ignore_conditions.lock().expect("lock") {
        let _ = tokio::fs::remove_file(faults.root.join(&path)).await;
    }
    let answer = service.call(request.map(Body::from)).await.map_err(|e| std::io::Error::other(format!("{e:?}")))?;
    drop(guard);
    match fault {
        Some(Fault::LoseAnswer) => Err(std::io::Error::other("cut")),
        Some(Fault::AnswerAfter(status)) => Ok(canned(status)),
        Some(fault @ (Fault::BreakOff | Fault::Shorten)) => halved(answer, matches!(fault, Fault::Shorten)).await,
        _ => Ok(answer),
    }
}

/// An answer with half of its body; one without a body stays as it is. `is_told`: as if that were all.
async fn halved(answer: HttpResponse, is_told: bool) -> Result<HttpResponse, std::io::Error> {
    let (mut head, body) = answer.into_parts();
    let whole = body.collect().await.map_err(|e| std::io::Error::other(format!("{e:?}")))?.to_bytes();
    let length = if is_told { whole.len() / 2 } else { whole.len() };
    if !whole.is_empty() {
        head.headers.remove("transfer-encoding");
        head.headers.insert("content-length", length.into());
    }
    Ok(Response::from_parts(head, Body::from(whole.slice(..whole.len() / 2))))
}

fn canned(status: u16) -> HttpResponse {
    let code = match status {
        403 => "AccessDenied",
        404 => "NoSuchBucket",
        409 => "ConditionalRequestConflict",
        412 => "PreconditionFailed",
        503 => "SlowDown",
        _ => "InternalError",
    };
    let text = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>as told</Message></Error>");
    Response::builder().status(status).body(Body::from(text)).expect("response")
}
