export { EntitiesPage } from "./EntitiesPage";
export { IdentityPage } from "./IdentityPage";
