import "./theme.js";
import "./form.js";
