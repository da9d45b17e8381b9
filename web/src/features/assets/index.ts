export { AssetsPage } from "./AssetsPage";
export { ImpactPage } from "./ImpactPage";
export { KeptView } from "./KeptView";
export { pageOf } from "./layout";
export { LineageView } from "./LineageView";
export { Support } from "./Support";
