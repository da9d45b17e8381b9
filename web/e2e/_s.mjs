import { launch, openPage, settled } from "./lib/browser.mjs";
const base="http://127.0.0.1:8099"; const [,, lang, size, theme, path, name]=process.argv;
const b=await launch(); const { page, problems, context } = await openPage(b, base, { lang, size, theme });
await context.request.post(base+"/api/v1/session",{data:{name:"ada",password:"tea and croissants"},headers:{Origin:base}});
await page.goto(base+path); await settled(page); await page.screenshot({path:`/tmp/trial/${name}.png`,fullPage:true}); console.log(problems, await page.evaluate(()=>document.documentElement.scrollWidth>innerWidth)); await b.close();
