export { AssetsPage } from "./AssetsPage";
export { ImpactPage } from "./ImpactPage";
export { LineageView } from "./LineageView";
export { Support } from "./Support";
