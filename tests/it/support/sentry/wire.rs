//! HTTP/1.1 by hand: only so can an answer be cut, lie about its length or never come.

use std::{io, sync::Arc, time::Instant};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use super::{Answer, Request, State, answer::Ending};

/// Serves until it is dropped, and all connections with it.
pub(super) async fn serve(listener: TcpListener, state: Arc<State>, port: u16) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Ok((stream, _)) = listener.accept() => {
                let _ = stream.set_nodelay(true);
                let state = Arc::clone(&state);
                connections.spawn(async move { drop(connection(stream, &state, port).await) });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, state: &State, port: u16) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream).await? {
        let (number, answer) = state.take(request);
        tokio::time::sleep(answer.delay).await;
        let open = write(&mut stream, &answer, port).await?;
        state.answered(number);
        if !open {
            break;
        }
    }
    stream.shutdown().await
}

/// Reads one request; none where the client has left.
async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Request>> {
    let Some(first) = line(stream).await? else { return Ok(None) };
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap_or_default().to_owned(), words.next().unwrap_or_default().to_owned());
    let mut headers = Vec::new();
    while let Some(line) = line(stream).await?.filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
    }
    let header = |wanted: &str| headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let mut body = Vec::new();
    if header("transfer-encoding").is_some_and(|coding| coding.contains("chunked")) {
        read_chunks(stream, &mut body).await?;
    } else if let Some(length) = header("content-length").and_then(|length| length.parse::<u64>().ok()) {
        stream.take(length).read_to_end(&mut body).await?;
    }
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let path = path.split_once("/api/0").map_or(path, |(_, below)| below).to_owned();
    let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let (route, arrived) = (None, Instant::now());
    Ok(Some(Request { method, path, query, headers, body, route, status: 0, arrived, answered: None, target }))
}

async fn line(stream: &mut BufReader<TcpStream>) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    let read = stream.take(256 * 1024).read_until(b'\n', &mut line).await?;
    Ok((read > 0).then(|| String::from_utf8_lossy(&line).trim_end().to_owned()))
}

async fn read_chunks(stream: &mut BufReader<TcpStream>, body: &mut Vec<u8>) -> io::Result<()> {
    while let Some(size) = line(stream).await? {
        let size = u64::from_str_radix(size.split(';').next().unwrap_or_default(), 16).unwrap_or(0);
        stream.take(size).read_to_end(body).await?;
        line(stream).await?;
        if size == 0 {
            break;
        }
    }
    Ok(())
}

/// Writes an answer; whether the connection can be used again.
async fn write(stream: &mut BufReader<TcpStream>, answer: &Answer, port: u16) -> io::Result<bool> {
    if answer.ending == Ending::Never {
        // Until the client leaves.
        let mut ignored = Vec::new();
        stream.read_to_end(&mut ignored).await?;
        return Ok(false);
    }
    let empty = answer.status == 204 || answer.status == 304;
    let length = match answer.ending {
        Ending::Length(length) => length,
        _ => answer.body.len(),
    };
    let keep = matches!(answer.ending, Ending::Whole | Ending::Drip(_));
    let mut head = format!("HTTP/1.1 {} {}\r\n", answer.status, reason(answer.status));
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {}\r\n", value.replace("{url}", &format!("http://127.0.0.1:{port}"))));
    }
    if !empty {
        head.push_str(&format!("content-length: {length}\r\n"));
    }
    head.push_str(if keep { "\r\n" } else { "connection: close\r\n\r\n" });
    stream.write_all(head.as_bytes()).await?;
    match answer.ending {
        Ending::Cut(bytes) => stream.write_all(&answer.body[..bytes.min(answer.body.len())]).await?,
        Ending::Drip(pause) => {
            for byte in &answer.body {
                stream.write_all(&[*byte]).await?;
                stream.flush().await?;
                tokio::time::sleep(pause).await;
            }
        }
        _ if empty => {}
        _ => stream.write_all(&answer.body).await?,
    }
    stream.flush().await?;
    Ok(keep)
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        404 => "Not Found",
        429 => "Too Many Requests",
        _ => "Status",
    }
}
