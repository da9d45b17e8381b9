export { EventFormPage } from "./EventFormPage";
export { EventPage } from "./EventPage";
export { EventsPage } from "./EventsPage";
