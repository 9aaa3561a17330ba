import "../ui/base.css";
import "../ui/controls.css";
import "./home.css";
import { render } from "preact";
import { loadCity, loadMe } from "../http/city";
import { watchModules } from "./health";
import { Home } from "./home";

void loadCity();
void loadMe();
watchModules();

const root = document.getElementById("app");
if (root) render(<Home />, root);
