export { WriteKeysPage } from "./WriteKeysPage";
