//! `refcast serve` and web pages that are not its own, names that are not its own, bodies that are no
//! queries.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::io::Write;
use std::time::{Duration, Instant};

use support::Folder;
use support::server::{Answer, MODEL, Server};

const JSON: &str = "Content-Type: application/json\r\n";

fn predict() -> String {
    format!("/api/models/{MODEL}/predict")
}

fn code(answer: &Answer) -> String {
    answer.json()["errors"][0]["code"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Jobs that were ever taken.
fn jobs(server: &Server) -> f64 {
    let figures = server.get("/metrics").1;
    let of_jobs = figures
        .lines()
        .filter(|line| line.starts_with("refcast_jobs{"));
    let numbers = of_jobs.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap());
    numbers.sum()
}

#[test]
fn a_web_page_of_another_server_cannot_use_one_without_keys() {
    let folder = Folder::new();
    let server = Server::start(&folder, &[]);
    let (query, path) = (server.example().to_string(), predict());
    for (headers, status, said) in [
        // What a form or a script can send to any address without asking.
        (
            "Content-Type: text/plain\r\nOrigin: https://evil.example\r\n",
            403,
            "forbidden",
        ),
        ("Content-Type: text/plain\r\n", 415, "not_json"),
        (
            "Content-Type: application/x-www-form-urlencoded\r\n",
            415,
            "not_json",
        ),
        ("", 415, "not_json"),
        (
            "Content-Type: application/json\r\nOrigin: null\r\n",
            403,
            "forbidden",
        ),
        // A page whose name was resolved to this machine.
        (
            "Content-Type: application/json\r\nHost: evil.example:8080\r\n",
            421,
            "misdirected",
        ),
        (
            "Content-Type: application/json\r\nHost: evil.example\r\nOrigin: http://evil.example\r\n",
            421,
            "misdirected",
        ),
        (
            "Content-Type: application/json\r\nHost: evil.example\r\nX-Forwarded-Host: localhost\r\n",
            421,
            "misdirected",
        ),
    ] {
        let answer = server.post(&path, headers, &query);
        assert_eq!(
            (answer.status, code(&answer).as_str()),
            (status, said),
            "{headers}"
        );
    }
    let origin = "Origin: https://evil.example\r\n";
    let preflight = format!(
        "OPTIONS {path} HTTP/1.1\r\nHost: {}\r\n{origin}Access-Control-Request-Method: POST\r\n\
         Connection: close\r\n\r\n",
        server.address()
    );
    assert_eq!(server.send(&preflight).status, 403);
    assert!((jobs(&server) - 0.0).abs() < 0.5, "a job was made");

    let own = format!("{JSON}Origin: {}\r\n", server.url());
    assert_eq!(server.post(&path, &own, &query).status, 200);
    let utf8 = "Content-Type: Application/JSON; charset=utf-8\r\n";
    assert_eq!(server.post(&path, utf8, &query).status, 200);
    let port = server.address().rsplit(':').next().unwrap().to_owned();
    let by_name = format!("{JSON}Host: localhost:{port}\r\n");
    assert_eq!(server.post(&path, &by_name, &query).status, 200);
    assert!((jobs(&server) - 3.0).abs() < 0.5);
}

#[test]
fn a_page_that_was_named_may_call_and_read() {
    let folder = Folder::new();
    let server = Server::start(&folder, &["--allow-origin", "https://tool.example"]);
    let request = |method: &str, origin: &str| {
        server.send(&format!(
            "{method} /api/models HTTP/1.1\r\nHost: {}\r\nOrigin: {origin}\r\n\
             Access-Control-Request-Method: GET\r\nConnection: close\r\n\r\n",
            server.address()
        ))
    };
    for method in ["GET", "OPTIONS"] {
        let answer = request(method, "https://tool.example");
        assert_eq!(answer.status, 200, "{method}");
        let allowed = answer.header("access-control-allow-origin");
        assert_eq!(allowed, Some("https://tool.example"), "{method}");
        assert_eq!(
            request(method, "https://other.example").status,
            403,
            "{method}"
        );
    }
}

#[test]
fn download_urls_are_made_of_the_public_url_and_not_of_what_a_client_says() {
    let public = "https://refcast.lab.example/models";
    for (arguments, url) in [
        (&[][..], "http://127.0.0.1:"),
        (
            &["--public-url", "https://refcast.lab.example/models/"],
            public,
        ),
        (
            &["--trusted-proxy", "127.0.0.0/8", "--public-url", public],
            public,
        ),
    ] {
        let folder = Folder::new();
        let server = Server::start(&folder, arguments);
        let answer = server.post(&predict(), JSON, &server.example().to_string());
        let id = answer.json()["modelQueryId"].as_str().unwrap().to_owned();
        let begun = Instant::now();
        let found =
            loop {
                let answer = server.send(&format!(
                "GET /api/model-queries/{id}/status HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
                 X-Forwarded-Host: {}\r\nForwarded: host=evil.example\r\n\r\n",
                server.address(),
                // Of a proxy that was named a foreign name is refused, see the unit tests.
                if arguments.contains(&"--trusted-proxy") { "localhost" } else { "evil.example" },
            ));
                let status = answer.json();
                if let Some(url) = status["downloadUrl"].as_str() {
                    break url.to_owned();
                }
                assert!(begun.elapsed() < Duration::from_secs(60), "{status}");
                std::thread::sleep(Duration::from_millis(50));
            };
        assert!(found.starts_with(url), "{found}");
    }
}

#[test]
fn slashes_before_a_path_are_one_and_json_says_its_encoding() {
    let folder = Folder::new();
    let server = Server::start(&folder, &[]);
    for path in [
        "/api/models",
        "//api/models",
        "///api/models",
        "/api/models/",
    ] {
        let answer = server.request("GET", path);
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.body.contains(MODEL), "{path}");
        let kind = answer.header("content-type");
        assert_eq!(kind, Some("application/json; charset=utf-8"), "{path}");
    }
}

#[test]
fn a_body_that_is_too_long_is_refused_at_its_head_and_the_connection_goes_on() {
    let folder = Folder::new();
    let server = Server::start(&folder, &["--max-body", "1"]);
    let path = predict();
    let head = |length: usize| {
        let address = server.address();
        format!("POST {path} HTTP/1.1\r\nHost: {address}\r\n{JSON}Content-Length: {length}\r\n\r\n")
    };
    // Nothing of it is sent.
    let begun = Instant::now();
    let answer = server.send(&head(100 << 30));
    assert_eq!(answer.status, 413);
    assert_eq!(code(&answer), "too_large");
    assert!(begun.elapsed() < Duration::from_secs(2));
    // All of it is sent before anything is read, as most clients do.
    let body = " ".repeat(8 << 20);
    let mut stream = server.connect();
    stream
        .get_mut()
        .write_all(head(body.len()).as_bytes())
        .unwrap();
    stream.get_mut().write_all(body.as_bytes()).unwrap();
    assert_eq!(Answer::read(&mut stream).status, 413);
    let next = format!(
        "GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n",
        server.address()
    );
    stream.get_mut().write_all(next.as_bytes()).unwrap();
    assert_eq!(Answer::read(&mut stream).status, 200);
    // It does not say how long it is.
    let mut stream = server.connect();
    let head = head(0).replace("Content-Length: 0", "Transfer-Encoding: chunked");
    stream.get_mut().write_all(head.as_bytes()).unwrap();
    for _ in 0..20 {
        let piece = format!("10000\r\n{}\r\n", " ".repeat(1 << 16));
        stream.get_mut().write_all(piece.as_bytes()).unwrap();
    }
    assert_eq!(Answer::read(&mut stream).status, 413);
}

/// The head of a query of that many bytes.
fn promise(server: &Server, key: &str, bytes: usize) -> String {
    let authorization = match key {
        "" => String::new(),
        key => format!("Authorization: Bearer {key}\r\n"),
    };
    format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\n{JSON}{authorization}Content-Length: {bytes}\r\n\r\n",
        predict(),
        server.address()
    )
}

/// As many bytes of a body as they are, of one more.
fn holding(server: &Server, key: &str, bytes: usize) -> impl Sized {
    let mut holder = server.connect();
    let sent = promise(server, key, bytes + 1) + &" ".repeat(bytes);
    holder.get_mut().write_all(sent.as_bytes()).unwrap();
    // They have to be read.
    std::thread::sleep(Duration::from_millis(500));
    holder
}

/// Status of a query that is larger than what there is a reserve for.
fn large(server: &Server, key: &str, query: &str) -> u16 {
    let body = format!("{query}{}", " ".repeat(200_000));
    server.ask("POST", &predict(), key, &body).status
}

#[test]
fn queries_that_are_held_are_counted_by_their_bytes() {
    let folder = Folder::new();
    let server = Server::start(&folder, &["--max-body", "1", "--max-bodies", "1"]);
    let query = server.example().to_string();
    let holder = holding(&server, "", (1 << 20) - 1);
    let body = format!("{query}{}", " ".repeat(200_000));
    let refused = server.post(&predict(), JSON, &body);
    assert_eq!(refused.status, 429);
    assert!(refused.header("retry-after").is_some());
    // There is room for small ones.
    let small = r#"{"inputs":[{"counts":{"ENSG00000141510":5}}]}"#;
    assert_eq!(server.post(&predict(), JSON, small).status, 422);
    drop(holder);
    let until = Instant::now() + Duration::from_secs(60);
    while large(&server, "", &query) != 200 {
        assert!(Instant::now() < until, "the bytes were not given back");
    }
}

#[test]
fn bodies_that_are_promised_keep_nobody_out() {
    let folder = Folder::new();
    let server = Server::start(&folder, &["--max-body", "1", "--max-bodies", "4"]);
    let query = server.example().to_string();
    let promises: Vec<_> = (0..32)
        .map(|_| {
            let mut stream = server.connect();
            let head = promise(&server, "", 1 << 20);
            stream.get_mut().write_all(head.as_bytes()).unwrap();
            stream
        })
        .collect();
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(large(&server, "", &query), 200);
    drop(promises);
}

#[test]
fn a_key_holds_half_of_the_bytes_at_most() {
    let folder = Folder::new();
    let add = |name: &str| {
        let key = folder.refcast(&["serve", "keys", "add", name]).ok();
        key.trim().to_owned()
    };
    let (first, second) = (add("first"), add("second"));
    let server = Server::start(&folder, &["--max-body", "1", "--max-bodies", "2"]);
    let path = format!("/api/models/{MODEL}/example-query");
    let example = server.ask("GET", &path, &first, "").json();
    let query = example["example_query"].to_string();
    let _holder = holding(&server, &first, (1 << 20) - 1);
    assert_eq!(large(&server, &first, &query), 429);
    assert_eq!(large(&server, &second, &query), 200);
}

#[test]
fn heads_that_say_two_things_and_bodies_that_are_compressed_are_refused() {
    let folder = Folder::new();
    let server = Server::start(&folder, &[]);
    let query = server.example().to_string();
    for (headers, status, said) in [
        ("Content-Encoding: gzip\r\n", 415, "encoded_body"),
        ("Content-Encoding: identity, br\r\n", 415, "encoded_body"),
        (
            "Idempotency-Key: a\r\nIdempotency-Key: b\r\n",
            400,
            "unreadable",
        ),
        (
            "Authorization: Bearer a\r\nAuthorization: Bearer a\r\n",
            400,
            "unreadable",
        ),
    ] {
        let answer = server.post(&predict(), &format!("{JSON}{headers}"), &query);
        let found = (answer.status, code(&answer));
        assert_eq!(found, (status, said.to_owned()), "{headers}");
    }
    assert!((jobs(&server) - 0.0).abs() < 0.5, "a job was made");
    for headers in [
        "Content-Encoding: identity\r\n",
        "Accept: application/vnd.apache.arrow.stream;q=0\r\n",
        "Accept: application/vnd.apache.arrow.streamx\r\n",
    ] {
        let answer = server.post(&predict(), &format!("{JSON}{headers}"), &query);
        assert!(answer.json()["modelQueryId"].is_string(), "{headers}");
    }
}

#[test]
fn the_name_of_a_request_is_its_clients_if_it_is_short_and_visible() {
    let folder = Folder::new();
    let server = Server::start(&folder, &[]);
    let named = |lines: &str| {
        let answer = server.send(&format!(
            "GET /healthz HTTP/1.1\r\nHost: {}\r\n{lines}Connection: close\r\n\r\n",
            server.address()
        ));
        answer.header("x-request-id").unwrap().to_owned()
    };
    let (short, long) = ("a".repeat(128), "a".repeat(129));
    assert_eq!(named(&format!("X-Request-Id: {short}\r\n")), short);
    for lines in [
        String::new(),
        format!("X-Request-Id: {long}\r\n"),
        "X-Request-Id: a b\r\n".to_owned(),
        "X-Request-Id: ä\r\n".to_owned(),
        "X-Request-Id: a\r\nX-Request-Id: b\r\n".to_owned(),
    ] {
        assert_eq!(named(&lines).len(), 36, "{lines}");
    }
}
