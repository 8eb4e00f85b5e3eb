//! What can be typed: the low arguments, as they came. [`crate::config`] makes of them what the commands use.

mod catalogue;
mod compress;
mod ctr;
mod enrich;
mod experiment;
mod intents;
mod labels;
mod learning;
mod models;
mod pictures;
mod policies;
mod policy;
mod rankers;
mod recommend;
mod recommenders;
mod reviews;
mod simulate;
mod slates;
mod strategy;
mod train;
mod tune;
mod understand;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::config::LogFormat;
pub(crate) use catalogue::{Change, Duplicates, EvalCategories, Quality};
pub(crate) use compress::{Compress, Layers, Step, VectorForm};
pub(crate) use ctr::EvalCtr;
pub(crate) use enrich::Enrich;
pub(crate) use experiment::Experiment;
pub(crate) use intents::Intents;
pub(crate) use labels::{EvalClassify, EvalLabels, EvalTag};
pub(crate) use learning::Learning;
pub(crate) use models::{BenchModel, ImportModel, Inspect, Models, PoolingArg, Promote, Pull, Remove, Said};
pub(crate) use pictures::{EvalPictures, PictureSource, TrainPictures};
pub(crate) use policies::Policies;
pub(crate) use policy::{EvalPolicy, PolicyTuning, Reward};
pub(crate) use rankers::{EvalRanker, TrainRanker};
pub(crate) use recommend::{Curve, EvalRecommend, EvalShop};
pub(crate) use recommenders::{TrainRecommend, TuneRecommend};
pub(crate) use reviews::{Alerts, ReadTexts, Reviews, ReviewsOther};
pub(crate) use simulate::Simulate;
pub(crate) use slates::EvalSlates;
pub(crate) use strategy::Strategy;
pub(crate) use train::{Numbers, Runs, Train, TrainDevice, TrainMethod, TrainModel};
pub(crate) use tune::{Tune, TuneSearch};
pub(crate) use understand::{Queries, Suggest, Synonyms, Understand};

/// Shop search and recommendations, self-hosted.
#[derive(Parser)]
#[command(name = "mercato", version, propagate_version = true, max_term_width = 100)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Arguments of every command. What is not typed comes from the environment, then from the configuration file.
#[derive(clap::Args)]
pub(crate) struct Globals {
    /// Configuration file (TOML)
    #[arg(long, global = true, value_name = "FILE", env = "MERCATO_CONFIG", hide_env_values = true)]
    pub(crate) config: Option<PathBuf>,
    /// Folder of the shops [default: data]
    #[arg(long, global = true, value_name = "DIR", env = "MERCATO_DATA_DIR", hide_env_values = true)]
    pub(crate) data_dir: Option<PathBuf>,
    /// Folder of the encoders [default: models, here or beside the program]
    #[arg(long, global = true, value_name = "DIR", env = "MERCATO_MODELS_DIR", hide_env_values = true)]
    pub(crate) models_dir: Option<PathBuf>,
    /// Threads of each encoder [default: one a core]
    #[arg(long, global = true, value_name = "N", env = "MERCATO_THREADS", hide_env_values = true)]
    pub(crate) threads: Option<usize>,
    /// error, warn, info, debug, trace, or directives such as warn,server=debug [default: warn]
    #[arg(long, global = true, value_name = "LEVEL", env = "MERCATO_LOG", hide_env_values = true)]
    pub(crate) log: Option<String>,
    /// How logs are written [default: text]
    #[arg(long, global = true, value_name = "FORMAT", env = "MERCATO_LOG_FORMAT", hide_env_values = true)]
    pub(crate) log_format: Option<LogFormat>,
    /// Answer in JSON; standard output carries nothing else
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// How to listen.
#[derive(clap::Args, Clone, Default)]
pub(crate) struct Listen {
    /// Address to listen on [default: 127.0.0.1:7700]
    #[arg(long, value_name = "ADDRESS", env = "MERCATO_BIND", hide_env_values = true)]
    pub(crate) bind: Option<SocketAddr>,
    /// Let browsers on other origins call the API
    #[arg(long)]
    pub(crate) cors: bool,
    /// Answer HTTPS with this certificate (PEM, with those that vouch for it); read again when the file changes
    #[arg(long, value_name = "FILE", env = "MERCATO_TLS_CERT", hide_env_values = true)]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The certificate's private key (PEM)
    #[arg(long, value_name = "FILE", env = "MERCATO_TLS_KEY", hide_env_values = true)]
    pub(crate) tls_key: Option<PathBuf>,
}

/// A server to ask, instead of opening the data folder.
#[derive(clap::Args, Clone, Default)]
pub(crate) struct Remote {
    /// Ask the server at this address, such as http://127.0.0.1:7700, instead of opening the data folder
    #[arg(long, value_name = "URL", env = "MERCATO_URL", hide_env_values = true)]
    pub(crate) url: Option<String>,
    /// The server's key
    #[arg(long, value_name = "KEY", env = "MERCATO_KEY", hide_env_values = true)]
    pub(crate) key: Option<String>,
}

/// A shop, and where it is.
#[derive(clap::Args)]
pub(crate) struct OfShop {
    /// The shop
    #[arg(long)]
    pub(crate) shop: String,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

/// The commands.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Load two real shops and serve them: the place to begin
    Demo(Demo),
    /// Serve the shops of the data folder over HTTP
    Serve(Serve),
    /// Make, list, delete and set up shops
    #[command(subcommand)]
    Shop(Shop),
    /// Import items or events from JSON, CSV, TSV, XML, HTML or Parquet, in our form or that of others
    Import(Import),
    /// Export items or events as JSON lines, or recommendations for every user
    Export(Export),
    /// Search a shop
    Search(Search),
    /// Ask a shop for recommendations
    Recommend(Recommend),
    /// Explain where an item stands in an answer, and why, or why not
    Explain(Explain),
    /// Show how a query is understood, and why
    Understand(Understand),
    /// Suggest what may be wanted after the first letters
    Suggest(Suggest),
    /// List queries that found nothing, or that follow another
    Queries(Queries),
    /// Sum up what reviews say, of an item, a brand, a category or the shop; or read any file of texts
    Reviews(Reviews),
    /// List items, brands and topics whose reviews became worse, with the evidence
    Alerts(Alerts),
    /// Try changes out on a part of the visitors, and see what came of them
    #[command(subcommand)]
    Experiment(Experiment),
    /// See what is learnt from every event, and say what is explored
    #[command(subcommand)]
    Learning(Learning),
    /// Set ways to answer, and learn from whole sessions which to follow when
    #[command(subcommand)]
    Strategy(Strategy),
    /// Define a shop's own intents by examples, and see how well they are told apart
    #[command(subcommand)]
    Intents(Intents),
    /// Say what a shop says of itself (returns, shipping, frequent questions), for assistants to answer from
    #[command(subcommand)]
    Policies(Policies),
    /// Export or import a shop's synonyms; list, accept and reject those that are proposed
    #[command(subcommand)]
    Synonyms(Synonyms),
    /// Find values for what items lack, show how sure they are, write them, or take them back
    Enrich(Enrich),
    /// Show what is wrong with a catalogue, and mend it
    Quality(Quality),
    /// Find products that stand in a catalogue twice, and variants of one
    Duplicates(Duplicates),
    /// Measure how good search and recommendations are
    #[command(subcommand)]
    Eval(Eval),
    /// Seek better numbers for searches or recommenders; refuse what may be noise
    #[command(subcommand)]
    Tune(Tune),
    /// Send made-up shoppers with known tastes through several ways to run a shop, and compare them
    Simulate(Simulate),
    /// Measure how fast it is and what it takes, beside plain tantivy and usearch
    Bench(Bench),
    /// Read a shop's log from its beginning; with --verify, prove that all derived state equals its replay
    Replay(Replay),
    /// Check data folder, logs, models, disk, certificate, keys and port
    Doctor(Doctor),
    /// Ask a running server whether it is ready; for health checks
    Health(Health),
    /// Bring, list, check, measure and remove models
    #[command(subcommand)]
    Models(Models),
    /// Train models and recommenders on a shop's own data, or on yours
    #[command(subcommand)]
    Train(Train),
    /// List, show, compare and plot trainings
    #[command(subcommand)]
    Runs(Runs),
    /// Show the configuration in force
    Config(Config),
    /// Print completions for a shell: `mercato completions bash > /etc/bash_completion.d/mercato`
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write a manual page for every command
    Man {
        /// Folder to write into
        folder: PathBuf,
    },
}

/// See [`Command::Demo`].
#[derive(clap::Args)]
pub(crate) struct Demo {
    #[command(flatten)]
    pub(crate) listen: Listen,
    /// Only this shop
    #[arg(long, value_name = "SHOP", value_parser = ["amazon", "gifts"])]
    pub(crate) shop: Option<String>,
    /// Folder of the fixtures [default: fixtures, here or beside the program]
    #[arg(long, value_name = "DIR")]
    pub(crate) fixtures_dir: Option<PathBuf>,
    /// End when the shops are ready
    #[arg(long)]
    pub(crate) no_serve: bool,
    /// Search by words alone: no embedding
    #[arg(long)]
    pub(crate) words_only: bool,
    /// Write the shops' vectors to DIR/SHOP/vectors.bin when they are ready, and end
    #[arg(long, value_name = "DIR")]
    pub(crate) export_vectors: Option<PathBuf>,
}

/// See [`Command::Serve`].
#[derive(clap::Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) listen: Listen,
    /// Ask for no keys; only on a loopback address
    #[arg(long)]
    pub(crate) open: bool,
    /// The administrator's key, instead of the one made at the first start
    #[arg(long, value_name = "KEY", env = "MERCATO_ADMIN_KEY", hide_env_values = true)]
    pub(crate) admin_key: Option<String>,
    /// A key that searches all shops, for storefronts; others are made with `mercato keys`
    #[arg(long, value_name = "KEY", env = "MERCATO_SEARCH_KEY", hide_env_values = true)]
    pub(crate) search_key: Option<String>,
    /// Let /metrics answer without a key
    #[arg(long)]
    pub(crate) metrics_open: bool,
}

/// See [`Command::Health`].
#[derive(clap::Args)]
pub(crate) struct Health {
    #[command(flatten)]
    pub(crate) remote: Remote,
}

/// See [`Command::Shop`].
#[derive(Subcommand)]
pub(crate) enum Shop {
    /// List the shops
    List {
        #[command(flatten)]
        remote: Remote,
    },
    /// Make a shop
    Create {
        /// Its name: a-z, 0-9, - and _
        shop: String,
        /// Its settings (JSON file, - for standard input)
        #[arg(long, value_name = "FILE")]
        settings: Option<PathBuf>,
        /// Search by words alone: no encoders
        #[arg(long, conflicts_with = "settings")]
        words_only: bool,
        #[command(flatten)]
        remote: Remote,
    },
    /// Delete a shop with everything it has
    Delete {
        /// Its name
        shop: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        remote: Remote,
    },
    /// List items whose pictures are the same or nearly so
    Duplicates {
        /// The shop
        shop: String,
        /// From this cosine on two pictures are the same, 0.5 to 1
        #[arg(long, default_value_t = 0.98)]
        cosine: f32,
        #[command(flatten)]
        remote: Remote,
    },
    /// Show a shop's figures
    Stats {
        /// Its name
        shop: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Show or change a shop's settings
    #[command(subcommand)]
    Settings(ShopSettings),
}

/// See [`Shop::Settings`].
#[derive(Subcommand)]
pub(crate) enum ShopSettings {
    /// Show them, whole
    Get {
        /// The shop
        shop: String,
        #[command(flatten)]
        remote: Remote,
    },
    /// Put others in force, whole: what the file does not say gets its default
    Set {
        /// The shop
        shop: String,
        /// JSON file, - for standard input
        file: PathBuf,
        #[command(flatten)]
        remote: Remote,
    },
}

/// What is exported.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Exported {
    /// The catalogue
    Items,
    /// What happened
    Events,
    /// What is recommended to each known user, for an e-mail: .jsonl or .parquet
    Recommendations,
}

/// How items are exported.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// Our own documents
    Native,
    /// The product feed of the Agentic Commerce Protocol
    Acp,
    /// Products of the Universal Commerce Protocol
    Ucp,
}

/// What is imported.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Imported {
    /// The catalogue
    Items,
    /// What happened
    Events,
    /// The items' pictures: folders or tar archives of files called by the item's id
    Pictures,
}

/// See [`Command::Import`].
#[derive(clap::Args)]
pub(crate) struct Import {
    /// What the files hold
    pub(crate) what: Imported,
    /// The files; their bytes tell the format
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// The shop
    #[arg(long)]
    pub(crate) shop: String,
    /// Which column goes where (TOML or JSON); what it does not say is guessed
    #[arg(long, value_name = "FILE")]
    pub(crate) mapping: Option<PathBuf>,
    /// Currency of amounts that name none, such as EUR
    #[arg(long, value_name = "CODE")]
    pub(crate) currency: Option<String>,
    /// What the files are, where that is not told right by themselves: a file format (csv, tsv, json, jsonl,
    /// json-document, xml, html, parquet), a convention of events (segment, ga4, ga4-bigquery, insights, google-retail,
    /// ubi, gorse, snowplow, native) or a feed (google-merchant, schema-org, shopify, woocommerce, records, acp)
    #[arg(long)]
    pub(crate) format: Option<String>,
    /// Read and check everything, tell what would become of it, import nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// For items: the files are the whole catalogue. What they lack is deleted, all in one batch
    #[arg(long)]
    pub(crate) sync: bool,
    /// Share of the catalogue that --sync may delete; where more is missing, nothing is changed
    #[arg(long, value_name = "SHARE", default_value_t = 0.2, requires = "sync")]
    pub(crate) max_deletions: f64,
    /// Begin at the first row, even where an import of this file was interrupted
    #[arg(long)]
    pub(crate) restart: bool,
}

/// See [`Command::Export`].
#[derive(clap::Args)]
pub(crate) struct Export {
    /// What to export
    pub(crate) what: Exported,
    /// The shop
    #[arg(long)]
    pub(crate) shop: String,
    /// File to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// How items are written: documents that `import` reads back, or products for agents (ACP, UCP), one a line
    #[arg(long, value_enum, default_value_t = ExportFormat::Native)]
    pub(crate) format: ExportFormat,
    /// Compress with gzip; so does a FILE that ends with .gz
    #[arg(long)]
    pub(crate) gzip: bool,
    /// First position of the log, for events
    #[arg(long, value_name = "POSITION", default_value_t = 0)]
    pub(crate) from: u64,
    /// Items for each user, for recommendations
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) limit: usize,
    /// What may be recommended, such as 'price < 20'
    #[arg(long)]
    pub(crate) filter: Option<String>,
    /// Leave out what a user has bought, carted or looked at, for recommendations
    #[arg(long)]
    pub(crate) exclude_seen: bool,
}

/// Who asks.
#[derive(clap::Args, Clone, Default)]
pub(crate) struct Who {
    /// The shopper, as the shop knows them
    #[arg(long)]
    pub(crate) user: Option<String>,
    /// A guest
    #[arg(long)]
    pub(crate) anonymous: Option<String>,
    /// The visit
    #[arg(long)]
    pub(crate) session: Option<String>,
}

/// What is shown of an answer.
#[derive(clap::Args, Clone, Default)]
pub(crate) struct Shown {
    /// What may be shown, such as 'price < 20 and brand = "Sony"'
    #[arg(long)]
    pub(crate) filter: Option<String>,
    /// Attributes to count
    #[arg(long = "facet", value_name = "ATTRIBUTE")]
    pub(crate) facets: Vec<String>,
    /// Items to show
    #[arg(long, default_value_t = 10)]
    pub(crate) limit: usize,
    /// Items to skip
    #[arg(long, default_value_t = 0)]
    pub(crate) offset: usize,
    /// Show one item a group of variants
    #[arg(long)]
    pub(crate) group: bool,
    /// Show what cannot be bought too
    #[arg(long)]
    pub(crate) include_unavailable: bool,
}

/// See [`Command::Search`].
#[derive(clap::Args)]
pub(crate) struct Search {
    /// What to search for; nothing browses the catalogue
    #[arg(default_value = "")]
    pub(crate) query: String,
    /// The shop
    #[arg(long)]
    pub(crate) shop: String,
    /// hybrid, lexical or dense
    #[arg(long)]
    pub(crate) method: Option<String>,
    /// Order, such as price:asc; the first decides
    #[arg(long, value_name = "ATTRIBUTE:ORDER")]
    pub(crate) sort: Vec<String>,
    #[command(flatten)]
    pub(crate) shown: Shown,
    #[command(flatten)]
    pub(crate) who: Who,
    /// With --json, explain every item
    #[arg(long)]
    pub(crate) explain: bool,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

/// See [`Command::Recommend`].
#[derive(clap::Args)]
pub(crate) struct Recommend {
    /// The shop
    #[arg(long)]
    pub(crate) shop: String,
    /// for-you, similar, bought-together, trending, popular, recently-viewed or new [default: by what is given]
    #[arg(long)]
    pub(crate) kind: Option<String>,
    /// Items to start from
    #[arg(long = "item", value_name = "ITEM")]
    pub(crate) items: Vec<String>,
    #[command(flatten)]
    pub(crate) shown: Shown,
    #[command(flatten)]
    pub(crate) who: Who,
    /// With --json, explain every item
    #[arg(long)]
    pub(crate) explain: bool,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

/// See [`Command::Explain`].
#[derive(clap::Args)]
pub(crate) struct Explain {
    /// The item
    pub(crate) item: String,
    /// The shop
    #[arg(long)]
    pub(crate) shop: String,
    /// In the answer to this search
    #[arg(long, required_unless_present = "kind", conflicts_with = "kind")]
    pub(crate) query: Option<String>,
    /// In a recommendation of this kind
    #[arg(long)]
    pub(crate) kind: Option<String>,
    /// Items the recommendation starts from
    #[arg(long = "item", value_name = "ITEM", id = "seeds")]
    pub(crate) items: Vec<String>,
    /// hybrid, lexical or dense
    #[arg(long)]
    pub(crate) method: Option<String>,
    /// What may be shown
    #[arg(long)]
    pub(crate) filter: Option<String>,
    /// Say, too, what would have to change for the item to stand at this place
    #[arg(long, value_name = "N")]
    pub(crate) to_place: Option<usize>,
    #[command(flatten)]
    pub(crate) who: Who,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

/// See [`Command::Eval`].
#[derive(Subcommand)]
pub(crate) enum Eval {
    /// Search a folder of products.jsonl, queries.jsonl and judgements.csv
    Search(EvalSearch),
    /// Recommend on a folder of train.txt and test.txt, sequences.txt, sessions, or events.jsonl
    Recommend(EvalRecommend),
    /// Recommend on a shop's own log, split by time
    Shop(EvalShop),
    /// What ordering slates for more than relevance costs, as a curve a dial; or, with --audit, who got the attention of a shop
    Slates(EvalSlates),
    /// What a trained ranker gains on a folder of products.jsonl, queries.jsonl and judgements.csv, by cross-validation
    Ranker(EvalRanker),
    /// Find pictures by texts and texts by pictures, on products that a joint model has not seen
    Pictures(EvalPictures),
    /// Tell labels of texts on a folder of train.jsonl, test.jsonl (`text`, `label`), and perhaps valid.jsonl
    Classify(EvalClassify),
    /// Tag words on a folder of train.txt, test.txt in CoNLL columns, and perhaps dev.txt
    Tag(EvalTag),
    /// Tell categories of a shop's own items, each as if it had none
    Categories(EvalCategories),
    /// Tell from a log of impressions what another policy would have earned
    Policy(EvalPolicy),
    /// Predict clicks on a folder of train.fm.txt and test.fm.txt, or of u.user, u.item and splits as MovieLens-100K has them
    Ctr(EvalCtr),
    /// Compare two runs on the same folder, query by query
    Compare(EvalCompare),
    /// Make an evaluation folder of a public data set
    Convert(EvalConvert),
}

/// See [`Eval::Search`].
#[derive(clap::Args)]
pub(crate) struct EvalSearch {
    /// The folder; files may be .gz or .zst
    pub(crate) dir: PathBuf,
    /// hybrid, lexical or dense
    #[arg(long, default_value = "hybrid")]
    pub(crate) method: String,
    /// Weight of a retriever instead of what every query chooses, such as words=0.5
    #[arg(long = "weight", value_name = "RETRIEVER=WEIGHT")]
    pub(crate) weights: Vec<String>,
    /// Leave out a step of understanding queries, such as spelling; all for all of them
    #[arg(long, value_name = "STEP", value_delimiter = ',')]
    pub(crate) off: Vec<String>,
    /// Show what each step of understanding gains: everything, nothing, and everything but each step
    #[arg(long, conflicts_with_all = ["off", "run", "per_query"])]
    pub(crate) ablation: bool,
    /// The shop's settings (JSON)
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
    /// Results a query
    #[arg(long, default_value_t = 100)]
    pub(crate) limit: usize,
    /// Keep the shop made for it here, so that the next time nothing need be embedded
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
    /// Write the results, for `eval compare`
    #[arg(long, value_name = "FILE")]
    pub(crate) run: Option<PathBuf>,
    /// Write the figures of every query, worst first
    #[arg(long, value_name = "FILE")]
    pub(crate) per_query: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) bootstrap: Bootstrap,
}

/// How intervals are found.
#[derive(clap::Args, Clone, Copy)]
pub(crate) struct Bootstrap {
    /// Resamples of the intervals
    #[arg(long, default_value_t = 1000)]
    pub(crate) resamples: usize,
    /// Seed of the intervals
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

/// See [`Eval::Compare`].
#[derive(clap::Args)]
pub(crate) struct EvalCompare {
    /// The folder with queries.jsonl and judgements.csv
    pub(crate) dir: PathBuf,
    /// A run of `eval search --run`, or of TREC
    pub(crate) first: PathBuf,
    /// Another
    pub(crate) second: PathBuf,
    #[command(flatten)]
    pub(crate) bootstrap: Bootstrap,
}

/// The public data sets that can be converted.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum DataSet {
    /// Amazon Shopping Queries (ubi_ecommerce_products.json, esci_us_judgments.json)
    Esci,
    /// Multi-CPR and the like (corpus.tsv, queries.tsv, qrels.tsv)
    Zh,
    /// Intents of clinc/oos-eval (data_full.json), in their own parts
    Clinc,
    /// Customer-service utterances of Bitext (three CSV files), in their own parts
    Bitext,
    /// Chinese shop reviews (online_shopping_10_cats.zip or .csv): a random tenth to report on, another to choose by
    ZhReviews,
    /// Taobao titles with spans (train.txt, dev.txt, test.txt), in their own parts
    NerTaobao,
}

/// See [`Eval::Convert`].
#[derive(clap::Args)]
pub(crate) struct EvalConvert {
    /// Which data set it is
    pub(crate) data_set: DataSet,
    /// Its folder
    pub(crate) source: PathBuf,
    /// The folder to make
    pub(crate) out: PathBuf,
    /// Seed of random parts, where the data set has none of its own
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

/// See [`Command::Bench`].
#[derive(clap::Args)]
pub(crate) struct Bench {
    /// What to measure
    #[arg(value_name = "WHAT", value_parser = ["search", "ingest", "recommend", "index", "train", "loop"])]
    pub(crate) what: String,
    /// Items of the catalogue, made up from the titles of the fixture `amazon`
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub(crate) items: usize,
    /// Use this fixture as it is, its vectors really computed, instead of a made-up catalogue
    #[arg(long, value_name = "SHOP", value_parser = ["amazon"], conflicts_with = "items")]
    pub(crate) fixture: Option<String>,
    /// Folder of the fixtures [default: fixtures, here or beside the program]
    #[arg(long, value_name = "DIR")]
    pub(crate) fixtures_dir: Option<PathBuf>,
    /// Keep the shop in this folder, and use it again; then memory is that of a process that did not build it
    /// [default: a temporary folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Encoders whose vectors items have [default: one for made-up items, all for the fixture]
    #[arg(long, value_name = "ID,...", value_delimiter = ',', conflicts_with = "words_only")]
    pub(crate) encoders: Option<Vec<String>>,
    /// Search by words alone
    #[arg(long)]
    pub(crate) words_only: bool,
    /// Requests a second of the open loop, due whether the one before is answered or not
    #[arg(long, value_name = "N", default_value_t = 100.0)]
    pub(crate) rate: f64,
    /// Events a second beside it (loop)
    #[arg(long, value_name = "N", default_value_t = 1_000.0)]
    pub(crate) event_rate: f64,
    /// Seconds each open loop lasts
    #[arg(long, value_name = "S", default_value_t = 10.0)]
    pub(crate) seconds: f64,
    /// Requests of each closed loop
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    pub(crate) requests: usize,
    /// Shoppers with a history
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub(crate) users: usize,
    /// Deeds in each history
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) deeds: usize,
    /// Events sent in batches of 1,000 [default: 500000]
    #[arg(long, value_name = "N")]
    pub(crate) events: Option<usize>,
    /// Events sent one at a time [default: 20000]
    #[arg(long, value_name = "N")]
    pub(crate) singles: Option<usize>,
    /// Clients that send them at once
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub(crate) clients: usize,
    /// Item changes waited for [default: 200]
    #[arg(long, value_name = "N")]
    pub(crate) updates: Option<usize>,
    /// Train on this folder (`train.txt`, `test.txt`), instead of on users and items that are made up
    #[arg(long, value_name = "DIR", conflicts_with = "items")]
    pub(crate) data: Option<PathBuf>,
    /// Compare trainings with those of this Python, which needs numpy, scipy and implicit
    #[arg(long, value_name = "FILE")]
    pub(crate) python: Option<PathBuf>,
    /// Leave plain tantivy and usearch out
    #[arg(long)]
    pub(crate) no_yardsticks: bool,
    /// Seed of everything made up
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
}

/// See [`Command::Replay`].
#[derive(clap::Args)]
pub(crate) struct Replay {
    /// The shop
    #[arg(long)]
    pub(crate) shop: String,
    /// Replay beside the live state and tell every difference
    #[arg(long)]
    pub(crate) verify: bool,
}

/// See [`Command::Doctor`].
#[derive(clap::Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) listen: Listen,
}

/// See [`Command::Config`].
#[derive(clap::Args)]
pub(crate) struct Config {
    /// Show it (which is also what happens without)
    #[arg(long)]
    pub(crate) print: bool,
    #[command(flatten)]
    pub(crate) listen: Listen,
    #[command(flatten)]
    pub(crate) remote: Remote,
}
