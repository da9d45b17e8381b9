import { launch, openPage, settled } from "/work/wt/lead/web/e2e/lib/browser.mjs";
const base="http://127.0.0.1:8099";
const lang=process.argv[2]??"zh-CN", size=process.argv[3]??"wide", theme=process.argv[4]??"light";
const browser=await launch();
const { page, problems, context } = await openPage(browser, base, { lang, size, theme });
const shot=(n)=>page.screenshot({path:`/tmp/trial/${n}-${lang}-${size}-${theme}.png`,fullPage:true});
let r=await context.request.post(base+"/api/v1/setup",{data:{name:"ada",title:"Ada",password:"tea and croissants",lang,zone:"Asia/Shanghai",weekStart:"monday",currency:"CNY"},headers:{Origin:base}});
console.log("setup",r.status(),(await r.text()).slice(0,200));
if(r.status()>=300){ r=await context.request.post(base+"/api/v1/session",{data:{name:"ada",password:"tea and croissants"},headers:{Origin:base}}); console.log("login",r.status()); }
try {
await page.goto(base+"/data/connections"); await settled(page); await shot("1-list");
const exists=await page.getByRole("link",{name:/shop|商城/i}).count();
if(!exists){
await page.goto(base+"/data/connections/new"); await settled(page);
const fill=async(l,v)=>page.getByLabel(l,{exact:true}).fill(v);
const zh=lang==="zh-CN";
await page.getByLabel(zh?"标识":"Name",{exact:false}).first().fill("shop");
await fill(zh?"名称（中文）":"Title, Chinese","商城"); await fill(zh?"名称（英文）":"Title, English","Shop");
await fill(zh?"主机":"Host","127.0.0.1"); await fill(zh?"端口":"Port","54399"); await fill(zh?"数据库":"Database","shop"); await fill(zh?"用户":"User","reader");
await page.getByLabel(zh?"密码":"Password",{exact:false}).fill("hunter2");
await page.getByRole("button",{name:zh?"测试连接":"Test"}).click(); await settled(page); await shot("2-form-tls");
await page.getByLabel(zh?"加密传输":"Encryption").selectOption("off");
await page.getByRole("button",{name:zh?"测试连接":"Test"}).click(); await settled(page); await shot("3-form-ok");
await page.getByRole("button",{name:zh?"保存":"Save"}).click(); await page.waitForURL(/connections\/shop$/); }
await page.goto(base+"/data/connections/shop"); await settled(page); await shot("4-connection");
await page.getByRole("button",{name:/public.orders/}).click(); await settled(page); await shot("5-offer");
if(process.argv[5]==="go"){ await page.getByRole("button",{name:lang==="zh-CN"?"创建并开始同步":"Create and sync"}).click(); await page.waitForURL(/data\/orders/,{timeout:15000}).catch(e=>console.log("no nav",e.message)); await settled(page); await shot("6-dataset"); }
} catch(e){ console.log(e.message); await shot("error"); }
console.log(problems);
await browser.close();
