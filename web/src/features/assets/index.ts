export { AssetsPage } from "./AssetsPage";
export { ImpactPage } from "./ImpactPage";
export { KeptView } from "./KeptView";
export { pageOf } from "./layout";
export { LineageView } from "./LineageView";
export { ScoreView } from "./ScoreView";
export { Support } from "./Support";
