import { render } from "preact";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/states.css";
import "./styles/fields.css";
import "./styles/tables.css";
import "./styles/plots.css";
import "./styles/dialogs.css";
import "./styles/pages.css";
import "./styles/pictures.css";
import "./styles/merchandising.css";
import "./styles/narrow.css";
import { App } from "./app";
import { apply } from "./lib/taste";

apply();
render(<App />, document.getElementById("console")!);
