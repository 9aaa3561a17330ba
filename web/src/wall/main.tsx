import "../ui/base.css";
import "./wall.css";
import { render } from "preact";
import { connect } from "../feed/model";
import { loadCity, loadModules } from "../http/city";
import { useToken } from "../http/call";
import { reloadOnNewBuild } from "./renewal";
import { keepScale } from "./scale";
import { takeToken } from "./token";
import { Wall } from "./wall";

keepScale();
const token = takeToken();
useToken(token);
const link = connect(["incident", "event", "unit", "kpi", "module", "seg", "cam", "source", "frame"], token);
reloadOnNewBuild(link);
void loadCity();
void loadModules();

const root = document.getElementById("app");
if (root) render(<Wall link={link} />, root);
