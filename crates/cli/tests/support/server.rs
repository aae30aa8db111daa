//! `refcast serve` in a process of its own.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Folder, program};

/// The model of the calls below.
pub const MODEL: &str = "gem-1-bulk_reference-conditioning";

/// A server on a free port, ended when it is dropped.
pub struct Server {
    child: Child,
    address: String,
}

impl Server {
    pub fn start(folder: &Folder, arguments: &[&str]) -> Self {
        let mut child = program(folder.path())
            .args(["serve", "--port", "0", "--drain-seconds", "0"])
            .args(arguments)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut address = None;
        let mut read = String::new();
        while address.is_none() {
            let mut line = String::new();
            assert!(log.read_line(&mut line).unwrap() > 0, "{read}");
            address = line
                .split_once("http://")
                .map(|(_, rest)| rest.split(' ').next().unwrap().to_owned());
            read += &line;
        }
        // The rest is read, so that the pipe does not fill.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Self {
            child,
            address: address.unwrap(),
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Host and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Status and body of a plain request.
    pub fn get(&self, path: &str) -> (u16, String) {
        let answer = self.request("GET", path);
        (answer.status, answer.body)
    }

    /// The same with a key.
    pub fn get_with_key(&self, path: &str, key: &str) -> (u16, String) {
        let answer = self.call("GET", path, &format!("Authorization: Bearer {key}\r\n"));
        (answer.status, answer.body)
    }

    /// What a request without a body is answered with.
    pub fn request(&self, method: &str, path: &str) -> Answer {
        self.call(method, path, "")
    }

    /// What a request with a key and a JSON body is answered with; both may be empty.
    pub fn ask(&self, method: &str, path: &str, key: &str, body: &str) -> Answer {
        let mut headers = String::new();
        if !key.is_empty() {
            headers += &format!("Authorization: Bearer {key}\r\n");
        }
        if !body.is_empty() {
            let length = body.len();
            headers += &format!("Content-Type: application/json\r\nContent-Length: {length}\r\n");
        }
        self.call_with(method, path, &headers, body)
    }

    fn call(&self, method: &str, path: &str, headers: &str) -> Answer {
        self.call_with(method, path, headers, "")
    }

    fn call_with(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let address = &self.address;
        self.send(&format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\n{headers}Connection: close\r\n\r\n{body}"
        ))
    }

    /// Asks by POST, with these lines of the head beside the length; a Host unless one is given.
    pub fn post(&self, path: &str, headers: &str, body: &str) -> Answer {
        let host = if headers.contains("Host:") {
            String::new()
        } else {
            format!("Host: {}\r\n", self.address)
        };
        let length = body.len();
        self.send(&format!(
            "POST {path} HTTP/1.1\r\n{host}{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
    }

    /// What is answered to bytes as they are, on a connection of their own.
    pub fn send(&self, request: &str) -> Answer {
        let mut stream = self.connect();
        stream.get_mut().write_all(request.as_bytes()).unwrap();
        Answer::read(&mut stream)
    }

    /// A connection that does not wait for ever.
    pub fn connect(&self) -> BufReader<TcpStream> {
        let stream = TcpStream::connect(&self.address).unwrap();
        let longest = Duration::from_secs(60);
        stream.set_read_timeout(Some(longest)).unwrap();
        stream.set_write_timeout(Some(longest)).unwrap();
        BufReader::new(stream)
    }

    /// Asks for an Arrow stream: the head of the answer, and the connection to read its body from,
    /// in HTTP's own pieces.
    pub fn stream(&self, query: &Value) -> (Answer, BufReader<TcpStream>) {
        let mut stream = self.ask_for_stream(&query.to_string(), "Connection: close\r\n");
        (Answer::read_head(&mut stream), stream)
    }

    /// The same with these lines of the head, and nothing read yet.
    pub fn ask_for_stream(&self, query: &str, headers: &str) -> BufReader<TcpStream> {
        let mut stream = self.connect();
        write!(
            stream.get_mut(),
            "POST /api/models/{MODEL}/predict HTTP/1.1\r\nHost: {}\r\n{headers}\
             Accept: application/vnd.apache.arrow.stream\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{query}",
            self.address,
            query.len()
        )
        .unwrap();
        stream
    }

    /// The query that the server gives as an example: one reference, one sample.
    pub fn example(&self) -> Value {
        let (status, body) = self.get(&format!("/api/models/{MODEL}/example-query"));
        assert_eq!(status, 200);
        let mut answer: Value = serde_json::from_str(&body).unwrap();
        answer["example_query"].take()
    }

    /// The most memory that it held, bytes; `None` where the system does not say.
    pub fn peak_memory(&self) -> Option<u64> {
        self.memory("VmHWM:")
    }

    /// Has [`Server::peak_memory`] begin anew, on Linux; what is held now, bytes.
    pub fn begin_peak_memory(&self) -> u64 {
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").unwrap();
        self.memory("VmRSS:").unwrap()
    }

    fn memory(&self, which: &str) -> Option<u64> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).ok()?;
        let line = status.lines().find(|line| line.starts_with(which))?;
        let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kibibytes * 1024)
    }

    pub fn terminate(&mut self) {
        // The shell's own: not every machine has the program.
        let done = Command::new("sh")
            .args(["-c", &format!("kill -TERM {}", self.child.id())])
            .status();
        assert!(done.unwrap().success());
        let since = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(
                since.elapsed() < Duration::from_secs(30),
                "it does not stop"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The answer to a request.
pub struct Answer {
    pub status: u16,
    pub body: String,
    head: String,
}

impl Answer {
    /// The next answer on a connection: its head, and a body of the length that it says, or, without
    /// that, of all that comes.
    pub fn read(stream: &mut impl BufRead) -> Self {
        let mut answer = Self::read_head(stream);
        let mut body = Vec::new();
        match answer.header("content-length") {
            Some(length) => {
                body.resize(length.parse().unwrap(), 0);
                // HEAD has none.
                let _ = stream.read_exact(&mut body);
            }
            None => drop(stream.read_to_end(&mut body).unwrap()),
        }
        answer.body = String::from_utf8(body).unwrap();
        answer
    }

    fn read_head(stream: &mut impl BufRead) -> Self {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(stream.read_line(&mut head).unwrap() > 0, "{head}");
        }
        Self {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head,
            body: String::new(),
        }
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
