import "../ui/base.css";
import "../ui/controls.css";
import "./login.css";
import { render } from "preact";
import { loadMe } from "../http/city";
import "../ui/mistakes";
import "../ui/theme"; // sets dark or light
import { Login } from "./login";

document.body.dataset.state = "live";
const root = document.getElementById("app");
if (root) render(<Login />, root);
void loadMe();
