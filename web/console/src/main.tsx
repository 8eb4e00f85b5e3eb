import { render } from "preact";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/parts.css";
import "./styles/pages.css";
import { App } from "./app";
import { apply } from "./lib/taste";

apply();
render(<App />, document.getElementById("console")!);
