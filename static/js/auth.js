import "./theme.js";
import "./form.js";
import "./copy.js";
