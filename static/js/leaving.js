// A form that ends the session itself, such as a new password, has an answer that leads on: until that is
// there, an ended session is no reason to go elsewhere.
let leaving = false;
addEventListener("submit", (event) => (leaving = !event.defaultPrevented));
addEventListener("pageshow", () => (leaving = false));

export const isLeaving = () => leaving;
