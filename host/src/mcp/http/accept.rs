//! New connections: each gets a task, or is refused.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::connection;
use super::front::Front;
use super::watch::Connections;

/// How long nothing is accepted after that failed, as when the process has no file descriptors left: they come back when
/// connections end, and until then trying again would only burn the processor.
const PAUSE: Duration = Duration::from_millis(250);

/// Connections beyond the bound that are told so carefully; more of them at once may learn of a broken connection only.
const TOLD: usize = 64;

/// How long a refused client may take to close its end.
const REFUSAL_TIME: Duration = Duration::from_secs(1);

/// What is read of a refused client, in bytes: enough for a request's head.
const REFUSAL_BYTES: u64 = 64 << 10;

const REFUSAL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 1\r\n\
    content-type: text/plain; charset=utf-8\r\ncontent-length: 56\r\n\r\n\
    this server has no room for more connections: try later\n";

/// Accepts until `stop` is cancelled.
pub(super) async fn accept(
    listener: TcpListener,
    connections: &Arc<Connections>,
    front: &Arc<Front>,
    stop: &CancellationToken,
) {
    let told = Arc::new(Semaphore::new(TOLD));
    let accepting = async {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => match connections.enter() {
                    Some(place) => drop(tokio::spawn(connection::serve(stream, place, Arc::clone(front)))),
                    None => refuse(stream, &told),
                },
                Err(error) if is_of_one_client(&error) => tracing::debug!("a client is gone already: {error}"),
                Err(error) => {
                    tracing::error!("can't accept connections, trying again in {PAUSE:?}: {error}");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = accepting => {}
    }
}

fn is_of_one_client(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
}

/// Says that there is no room. What a client doesn't take at once it doesn't get.
fn refuse(stream: TcpStream, told: &Arc<Semaphore>) {
    if let Ok(permit) = Arc::clone(told).try_acquire_owned() {
        tokio::spawn(refuse_carefully(stream, permit));
    }
}

/// Reads what the client sends, for a while: closed with something unread, the connection would break before the client
/// reads why.
async fn refuse_carefully(mut stream: TcpStream, _told: OwnedSemaphorePermit) {
    let refusing = async {
        stream.writable().await?;
        stream.try_write(REFUSAL)?;
        tokio::io::AsyncWriteExt::shutdown(&mut stream).await?;
        tokio::io::copy(&mut stream.take(REFUSAL_BYTES), &mut tokio::io::sink()).await
    };
    if let Ok(Err(error)) = timeout(REFUSAL_TIME, refusing).await {
        tracing::debug!("a client was refused without a word: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusal_is_as_long_as_it_says() {
        let text = std::str::from_utf8(REFUSAL).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.ends_with(&format!("content-length: {}", body.len())), "{}", body.len());
    }
}
