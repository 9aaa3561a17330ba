import "../ui/base.css";
import "../ui/controls.css";
import "./console.css";
import "./small.css";
import { render } from "preact";
import { connect } from "../feed/model";
import { loadCity, loadMe, loadModules } from "../http/city";
import { loadForm } from "./calls";
import { Console } from "./console";

const link = connect(["incident", "event", "unit", "seg", "cam", "source", "frame"]);
void loadCity();
void loadModules();
void loadMe();
void loadForm();

const root = document.getElementById("app");
if (root) render(<Console link={link} />, root);
