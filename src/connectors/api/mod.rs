//! Any HTTP API, described by a declarative manifest.

mod auth;
mod cursor;
mod decode;
mod failure;
mod hashing;
mod http;
mod manifest;
mod page;
mod partition;
mod protocol;
mod run;
mod select;
mod slice;
mod template;
mod time;
mod value;

pub fn bench_template() {
    // Scratch: reads JSON lines {"t": template, "kind":..., "ctx": {...}}, prints the value.
    use std::io::BufRead;
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let case = value::from_slice(line.as_bytes()).unwrap();
        let t = case.get("t").and_then(|v| v.as_str()).unwrap().to_owned();
        let mut scope = template::Scope::of_config(&value::Value::empty_map());
        for (k, v) in case.get("ctx").unwrap().as_map().unwrap().iter() { scope.set(k, template::to_engine(v)); }
        let types = match case.get("types").and_then(|v| v.as_str()) { Some("str") => template::Types::Str, Some("strlist") => template::Types::StrOrList, _ => template::Types::Any };
        let out = template::Interpolated::new(&t, &value::Value::empty_map()).and_then(|i| i.eval_as(&scope, types));
        match out {
            Ok(v) => { println!("{}", value::repr(&v).replace("\n", "\\n")); }
            Err(e) => println!("ERR {}", format!("{e:?}")),
        }
    }
}

pub fn scratch_lint(path: &str) {
    let m = manifest::Manifest::parse(&std::fs::read_to_string(path).unwrap());
    match m {
        Ok(m) => { let l = manifest::lint(&m); for (k, v) in &l.used { println!("{k} {v:?}"); } for e in &l.refused { println!("REFUSED {e}"); } }
        Err(e) => println!("ERR {e}"),
    }
}

pub async fn scratch_read(args: &[String]) {
    let file = |p: &str| value::from_slice(&std::fs::read(p).unwrap()).unwrap();
    let m = manifest::Manifest::parse(&std::fs::read_to_string(&args[0]).unwrap()).unwrap();
    let config = file(&args[1]);
    let source = run::Source::new(m, &config, http::Transport::new().unwrap()).unwrap();
    let state = match args.get(2).map(String::as_str) { Some("-") | None => protocol::State::default(), Some(p) => protocol::State::parse(&file(p)).unwrap() };
    let chosen = protocol::chosen(&source, None, &args[3.min(args.len())..]).unwrap();
    let mut out = std::io::BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    protocol::read(&source, &chosen, &state, &mut out).await.unwrap();
}
