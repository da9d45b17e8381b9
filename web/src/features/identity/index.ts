export { EntitiesPage } from "./EntitiesPage";
export { EntityFormPage } from "./EntityFormPage";
export { IdentityPage } from "./IdentityPage";
