//! Help, configuration, exit codes.

use expect_test::expect;

use crate::harness::Place;

#[test]
fn help_lists_every_command() {
    // Lines between paragraphs carry their indent, which no editor keeps.
    let lines_trimmed = |text: &str| text.lines().map(|line| format!("{}\n", line.trim_end())).collect::<String>();
    let ran = Place::new().run(&["--help"]);
    assert_eq!(ran.code, 0);
    expect![[r#"
        Shop search and recommendations, self-hosted

        Usage: mercato [OPTIONS] <COMMAND>

        Commands:
          demo         Load two real shops and serve them: the place to begin
          serve        Serve the shops of the data folder over HTTP
          shop         Make, list, delete and set up shops
          import       Import items or events from JSON, CSV, TSV, XML, HTML or Parquet, in our form or that of others
          export       Export items or events as JSON lines, or recommendations for every user
          search       Search a shop
          recommend    Ask a shop for recommendations
          explain      Explain where an item stands in an answer, and why, or why not
          understand   Show how a query is understood, and why
          suggest      Suggest what may be wanted after the first letters
          queries      List queries that found nothing, or that follow another
          reviews      Sum up what reviews say, of an item, a brand, a category or the shop; or read any file of texts
          alerts       List items, brands and topics whose reviews became worse, with the evidence
          experiment   Try changes out on a part of the visitors, and see what came of them
          learning     See what is learnt from every event, and say what is explored
          strategy     Set ways to answer, and learn from whole sessions which to follow when
          intents      Define a shop's own intents by examples, and see how well they are told apart
          policies     Say what a shop says of itself (returns, shipping, frequent questions), for assistants to answer from
          synonyms     Export or import a shop's synonyms; list, accept and reject those that are proposed
          enrich       Find values for what items lack, show how sure they are, write them, or take them back
          quality      Show what is wrong with a catalogue, and mend it
          duplicates   Find products that stand in a catalogue twice, and variants of one
          eval         Measure how good search and recommendations are
          tune         Seek better numbers for searches or recommenders; refuse what may be noise
          simulate     Send made-up shoppers with known tastes through several ways to run a shop, and compare them
          bench        Measure how fast it is and what it takes, beside plain tantivy and usearch
          replay       Read a shop's log from its beginning; with --verify, prove that all derived state equals its replay
          doctor       Check data folder, logs, models, disk, certificate, keys and port
          health       Ask a running server whether it is ready; for health checks
          models       Bring, list, check, measure and remove models
          train        Train models and recommenders on a shop's own data, or on yours
          runs         List, show, compare and plot trainings
          config       Show the configuration in force
          completions  Print completions for a shell: `mercato completions bash > /etc/bash_completion.d/mercato`
          man          Write a manual page for every command
          help         Print this message or the help of the given subcommand(s)

        Options:
              --config <FILE>
                  Configuration file (TOML)

                  [env: MERCATO_CONFIG]

              --data-dir <DIR>
                  Folder of the shops [default: data]

                  [env: MERCATO_DATA_DIR]

              --models-dir <DIR>
                  Folder of the encoders [default: models, here or beside the program]

                  [env: MERCATO_MODELS_DIR]

              --threads <N>
                  Threads of each encoder [default: one a core]

                  [env: MERCATO_THREADS]

              --log <LEVEL>
                  error, warn, info, debug, trace, or directives such as warn,server=debug [default: warn]

                  [env: MERCATO_LOG]

              --log-format <FORMAT>
                  How logs are written [default: text]

                  Possible values:
                  - text: For people
                  - json: For machines: a JSON object a line

                  [env: MERCATO_LOG_FORMAT]

              --json
                  Answer in JSON; standard output carries nothing else

          -h, --help
                  Print help (see a summary with '-h')

          -V, --version
                  Print version
    "#]]
    .assert_eq(&lines_trimmed(&ran.out));
}

#[test]
fn flags_win_over_the_environment_over_the_file_over_defaults() {
    let place = Place::new();
    let file =
        place.write("mercato.toml", "data_dir = \"of-the-file\"\nlog = \"error\"\nthreads = 3\nkey = \"mk_geheim\"\n");
    let value = |args: &[&str], env: &[(&str, &str)], name: &str| {
        let args: Vec<&str> = ["config", "--print", "--json"].iter().chain(args).copied().collect();
        place.run_with(&args, env).json()[name].clone()
    };
    let env = [("MERCATO_DATA_DIR", "of-the-environment"), ("MERCATO_CONFIG", file.as_str())];
    assert_eq!(value(&[], &[], "data_dir"), "data");
    assert_eq!(value(&["--config", &file], &[], "data_dir"), "of-the-file");
    assert_eq!(value(&[], &env, "data_dir"), "of-the-environment");
    assert_eq!(value(&["--data-dir", "of-the-flag"], &env, "data_dir"), "of-the-flag");
    assert_eq!(value(&[], &env, "threads"), 3);
    assert_eq!(value(&[], &env, "key"), "********");
    assert_eq!(value(&["--bind", "127.0.0.1:1"], &env, "bind"), "127.0.0.1:1");

    let table = place.run_with(&["config", "--threads", "2"], &env).out;
    let from = |name: &str| {
        let line = table.lines().find(|line| line.contains(&format!(" {name} "))).unwrap();
        ["default", "file", "environment", "flag"]
            .into_iter()
            .find(|source| line.contains(&format!(" {source} ")))
            .unwrap()
    };
    let sources = ["models_dir", "log", "data_dir", "threads"].map(from);
    assert_eq!(sources, ["default", "file", "environment", "flag"], "{table}");
}

#[test]
fn what_the_caller_can_mend_exits_with_2_and_says_how() {
    let place = Place::new();
    let file = place.write("bad.toml", "data_dri = \"x\"\n");
    let check = |args: &[&str], says: &str| {
        let ran = place.run(args);
        assert_eq!(ran.code, 2, "{args:?}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(says) && ran.out.is_empty(), "{args:?}: {}{}", ran.out, ran.err);
    };
    check(&["config", "--config", &file], "unknown field `data_dri`");
    check(&["config", "--config", "nowhere.toml"], "nowhere.toml");
    check(&["config", "--log", "loudly=very"], "log");
    check(&["search", "tea", "--shop", "nowhere"], "nowhere");
    check(&["recommend", "--shop", "tea"], "--kind");
    check(&["serve", "--open", "--bind", "0.0.0.0:0"], "loopback");
    check(&["eval", "search", "nowhere", "--method", "guess"], "--method");
    check(&["eval", "recommend", "nowhere", "--protocol", "guess"], "protocol");
    check(&["shop", "create", "No Such Name"], "a-z");
    check(&["no-such-command"], "no-such-command");
}
