/**
 * Takes a text/event-stream apart: the data of each event, however the bytes are cut into pieces. Comments, which servers send so
 * that the connection lives, and other fields are passed over.
 */
export class EventReader {
  private rest = "";
  private lines: string[] = [];

  /** The events that this piece of text completes. */
  read(piece: string): string[] {
    const all = (this.rest + piece).split(/\r\n|\n|\r(?!$)/);
    this.rest = all.pop() ?? "";
    return all.flatMap((line) => this.line(line));
  }

  private line(line: string): string[] {
    if (line === "") {
      const data = this.lines.splice(0);
      return data.length ? [data.join("\n")] : [];
    }
    if (line === "data") this.lines.push("");
    else if (line.startsWith("data:")) this.lines.push(line.slice(line[5] === " " ? 6 : 5));
    return [];
  }
}

/** Counts by kind over the last seconds, in memory that does not grow with what comes. */
export class Rates {
  /** The second that each place stands for, and what came in it. */
  private readonly seconds: { second: number; counts: Map<string, number> }[];

  constructor(private readonly span = 60) {
    this.seconds = Array.from({ length: span }, () => ({ second: -1, counts: new Map() }));
  }

  add(kind: string, nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    const place = this.seconds[second % this.span]!;
    if (place.second !== second) {
      place.second = second;
      place.counts = new Map();
    }
    place.counts.set(kind, (place.counts.get(kind) ?? 0) + 1);
  }

  /** How many came in each of the last seconds, the running one last; of one kind, or of all. */
  series(nowMs: number, kind?: string): number[] {
    const now = Math.floor(nowMs / 1000);
    return Array.from({ length: this.span }, (_, at) => {
      const second = now - this.span + 1 + at;
      const place = this.seconds[((second % this.span) + this.span) % this.span]!;
      if (place.second !== second) return 0;
      return kind === undefined ? [...place.counts.values()].reduce((sum, count) => sum + count, 0) : (place.counts.get(kind) ?? 0);
    });
  }

  /** How many a second, over the last full seconds. */
  perSecond(nowMs: number, over = 10, kind?: string): number {
    return this.series(nowMs, kind).slice(-over - 1, -1).reduce((sum, count) => sum + count, 0) / over;
  }
}
