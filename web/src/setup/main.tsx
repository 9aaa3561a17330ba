import "../ui/base.css";
import "../ui/controls.css";
import "./setup.css";
import { render } from "preact";
import "../ui/mistakes";
import { connect } from "../feed/model";
import { loadCity, loadMe } from "../http/city";
import { SetUpPage } from "./setup";
import { follow } from "./store";

const link = connect(["cam", "frame"]);
void loadCity();
void loadMe();
void follow();

const root = document.getElementById("app");
if (root) render(<SetUpPage link={link} />, root);
