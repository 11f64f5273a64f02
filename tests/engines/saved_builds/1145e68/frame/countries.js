var M=`
US 1 1 10 33 011
AG 1 1 10 33 011 268
AI 1 1 10 33 011 264
AS 1 1 10 33 011 684
BB 1 1 10 33 011 246
BM 1 1 10 33 011 441
BS 1 1 10 33 011 242
CA 1 1 10 33 011
DM 1 1 10 33 011 767
DO 1 1 10 33 011 8001|8[024]9
GD 1 1 10 33 011 473
GU 1 1 10 33 011 671
JM 1 1 10 33 011 658|876
KN 1 1 10 33 011 869
KY 1 1 10 33 011 345
LC 1 1 10 33 011 758
MP 1 1 10 33 011 670
MS 1 1 10 33 011 664
PR 1 1 10 33 011 787|939
SX 1 1 10 33 011 721
TC 1 1 10 33 011 649
TT 1 1 10 33 011 868
VC 1 1 10 33 011 784
VG 1 1 10 33 011 284
VI 1 1 10 33 011 340
RU 7 8 10 332 810 [3489]
KZ 7 8 10 33 810 7
EG 20 0 10 24
ZA 27 0 5,6,7,8,9 23
GR 30 - 10 33
NL 31 0 9,11 14
BE 32 0 9 322
FR 33 0 9 1222
ES 34 - 9 322
HU 36 06 9 23
IT 39 - 9,10 33
VA 39 - 9,10 33 - 06698
RO 40 0 9 33
CH 41 0 9 232
AT 43 0 7,8,9,10,11,12,13 33
GB 44 0 10 43
GG 44 0 10 43
IM 44 0 10 43 - 74576|(?:16|7[56])24
JE 44 0 10 43
DK 45 - 8 222
SE 46 0 9 232
NO 47 - 8 222 - [02-689]|7[0-8]
SJ 47 - 8 222 - 79
PL 48 - 9 33
DE 49 0 10,11 43
PE 51 0 9 33 00|19(?:1[124]|77|90)00
MX 52 - 10 33 0[09]
CU 53 0 8 13 119
AR 54 0 10,11 124
BR 55 0 10,11 25 00(?:1[245]|2[1-35]|31|4[13]|[56]5|99)
CL 56 - 9 14 (?:0|1(?:1[0-69]|2[02-5]|5[13-58]|69|7[0167]|8[018]))0
CO 57 0 10 33 00(?:4(?:[14]4|56)|[579])
VE 58 0 10 33
MY 60 0 9,10 23
AU 61 0 9 33 001[14-689]|14(?:1[14]|34|4[17]|[56]6|7[47]|88)0011
CC 61 0 9 33 001[14-689]|14(?:1[14]|34|4[17]|[56]6|7[47]|88)0011
CX 61 0 9 33 001[14-689]|14(?:1[14]|34|4[17]|[56]6|7[47]|88)0011
ID 62 0 9,10,11,12 33 00[89]
PH 63 0 10 33
NZ 64 0 8,9,10 23 0(?:0|161)
SG 65 - 8 4 0[0-3]d
TH 66 0 9 23 00[1-9]
JP 81 0 10 24 010
KR 82 0 9,10 24 00(?:[125689]|3(?:[46]5|91)|7(?:00|27|3|55|6[126]))
VN 84 0 9 33
CN 86 0 11 34 00|1(?:[12]d|79)dd00
TR 90 0 10 332
IN 91 0 10 5
PK 92 0 10 33
AF 93 0 9 23
LK 94 0 9 23
MM 95 0 7,8,9,10 13
IR 98 0 10 33
SS 211 0 9 33
MA 212 0 9 1222 - [5-8]
EH 212 0 9 1222
DZ 213 0 9 322
TN 216 - 8 23
LY 218 0 9 23
GM 220 - 7,9 3
SN 221 - 9 232
MR 222 - 8 222
ML 223 - 8 222
GN 224 - 9 322
CI 225 - 10 222
BF 226 - 8 222
NE 227 - 8 222
TG 228 - 8 222
BJ 229 - 10 2222
MU 230 - 8 4 0(?:0|[24-7]0|3[03])
LR 231 0 7,9 23
SL 232 0 8 23
GH 233 0 9 23
NG 234 0 10 33 009
TD 235 - 8 222 00|16
CF 236 - 8 222
CM 237 - 9 1222
CV 238 - 7 32 0
ST 239 - 7 3
GQ 240 - 9 33
GA 241 - 7,8 222
CG 242 - 9 23
CD 243 0 7,9 33
AO 244 - 9 33
GW 245 - 9 33
IO 246 - 7 3
AC 247 - 5 -
SC 248 - 7 13 010|0[0-2]
SD 249 0 9 23
RW 250 0 9 33
ET 251 0 9 23
SO 252 0 7,8,9 13
DJ 253 - 8 222
KE 254 0 9 33 000
TZ 255 0 9 33 00[056]
UG 256 0 9 33 00[057]
BI 257 - 8 222
MZ 258 - 9 23
ZM 260 0 9 23
MG 261 0 9 223
RE 262 0 9 322
YT 262 0 9 322
ZW 263 0 9 23
NA 264 0 9 23
MW 265 0 9 322
LS 266 - 8 4
BW 267 - 8 23
SZ 268 - 8 4
KM 269 - 7 32
SH 290 - 5 - - [2569]
TA 290 - 4 - - 8
ER 291 0 7 13
AW 297 - 7 3
FO 298 - 6 22
GL 299 - 6 22
GI 350 - 8 4
PT 351 - 9 33
LU 352 - 9 33
IE 353 0 9 23
IS 354 - 7,9 3 00|1(?:0(?:01|[12]0)|100)
AL 355 0 9 23
MT 356 - 8 4
CY 357 - 8 23
FI 358 0 6,7,8,9,10 23 00|99(?:[01469]|5(?:[14]1|3[23]|5[59]|77|88|9[09])) 1[03-79]|[2-9]
AX 358 0 6,7,8,9,10 23 00|99(?:[01469]|5(?:[14]1|3[23]|5[59]|77|88|9[09])) 18
BG 359 0 8,9 23
LT 370 0 8 3
LV 371 - 8 23
EE 372 - 7,8 4
MD 373 0 8 32
AM 374 0 8 23
BY 375 80 9 232 810
AD 376 - 6,9 3
MC 377 0 8,9 1222
SM 378 - 8 222
UA 380 0 9 23
RS 381 0 8,9,10 23
ME 382 0 8 23
XK 383 0 8 23
HR 385 0 8,9 23
SI 386 0 8 23 00|10(?:22|66|88|99)
BA 387 0 8,9 23
MK 389 0 8 23
CZ 420 - 9 33
SK 421 0 9 33
LI 423 0 7,9 33
FK 500 - 5 -
BZ 501 - 7 3
GT 502 - 8 4
SV 503 - 8 4
HN 504 - 8 4
NI 505 - 8 4
CR 506 - 8 4
PA 507 - 7,8 4
PM 508 0 6,9 22
HT 509 - 8 22
GP 590 0 9 322
BL 590 0 9 322
MF 590 0 9 322
BO 591 0 8 4 00(?:1d)?
GY 592 - 7 3 001
EC 593 0 9 23
GF 594 0 9 322
PY 595 0 9 33
MQ 596 0 9 322
SR 597 - 7 3
UY 598 0 8 23 0(?:0|1[3-9]d)
CW 599 - 7,8 13 - [69]
BQ 599 - 7 3 - [347]
TL 670 - 8 4
NF 672 - 6 1
BN 673 - 7 3
NR 674 - 7 3
PG 675 - 8 4 00|140[1-3]
TO 676 - 7 3
SB 677 - 5,7 2 0[01]
VU 678 - 7 3
FJ 679 - 7 3 0(?:0|52)
PW 680 - 7 3 01[12]
WF 681 - 6 22
CK 682 - 5 2
NU 683 - 4,7 3
WS 685 - 7,10 2 0
KI 686 0 8 4
NC 687 - 6 22
TV 688 - 6,7 2
PF 689 - 8 222
TK 690 - 4,5,6,7 -
FM 691 - 7 3
MH 692 1 7 3 011
KP 850 0 10 33 00|99
HK 852 - 8 4 00(?:30|5[09]|[126-9]?)
MO 853 - 8 4
KH 855 0 8,9 23 00[14-9]
LA 856 0 9,10 223
BD 880 0 10 43
TW 886 0 9 33 0(?:0[25-79]|19)
MV 960 - 7 3 0(?:0|19)
LB 961 0 7,8 23
JO 962 0 9 14
SY 963 0 9 33
IQ 964 0 10 33
KW 965 - 8 3
SA 966 0 9 23
YE 967 0 9 33
OM 968 - 8 4
PS 970 0 9 33
AE 971 0 9 23
IL 972 0 9 23 0(?:0|1(?:05|[2-9]))
BH 973 - 8 4
QA 974 - 8 4
BT 975 - 8 222
MN 976 0 8 4 001
NP 977 0 10 33
TJ 992 - 9 23 810
TM 993 8 8 23 810
AZ 994 0 9 232
GE 995 0 9 322
KG 996 0 9 33
UZ 998 - 9 232
`;function d(e,s={},...t){let n=document.createElement(e);for(let[o,l]of Object.entries(s))l!==!1&&n.setAttribute(o,l===!0?"":l);return n.append(...t.filter(o=>o!==null)),n}function R(e,s){let t=e.querySelector("#link-styles")??e.querySelector("style");t?.sheet?.insertRule(`@media all{${s}}`,t.sheet.cssRules.length)}var K={};function S(){return globalThis.linkLocale??"en"}function y(e){let s=S();try{return(K[s]??=new Intl.DisplayNames(s,{type:"region"})).of(e)??e}catch{return e}}async function I(e,s){for(let t of[!1,!0]){await new Promise(l=>setTimeout(l,250));let{whole:n,seen:o}=await U(e);if(s.aborted||n-o<1)return!1;t&&(e.style.maxHeight=`${Math.max(200,o)}px`),e.scrollIntoView({block:"nearest",behavior:"instant"})}return!0}function U(e){return new Promise(s=>{if(!window.IntersectionObserver)return s({whole:0,seen:0});let t=new IntersectionObserver(([n])=>{t.disconnect(),s({whole:n?.boundingClientRect.height??0,seen:n?.intersectionRect.height??0})});t.observe(e)})}var W=Object.freeze({AE:"UAE",CD:"DRC Zaire Democratic Republic",CG:"Brazzaville Republic",CI:"Ivory Coast divoire",CV:"Cape Verde Cabo",CZ:"Czech Republic",GB:"UK England Scotland Wales Great Britain",MM:"Burma",NL:"Holland",RU:"Russian Federation",SZ:"Swaziland",TL:"East Timor",TR:"Turkey",US:"USA America",VA:"Vatican"}),$=["and","of","the"],k={ArrowDown:1,ArrowUp:-1},N=!1;function H(e,{button:s,input:t,panel:n},o,l){N||R(document,`.picker{display:flex;flex-direction:column;padding:12px;border:1px solid var(--line);border-radius:var(--radius)}.picker input{flex:none}.picker [role=status]{margin:6px 0 0}.picker [role=status]:empty{margin:0}.picker ul{position:relative;min-height:44px;max-height:222px;margin:8px 0 0;padding:0;overflow-y:auto;overscroll-behavior:contain;list-style:none}.picker li{display:flex;justify-content:space-between;gap:12px;align-items:center;min-height:44px;padding:4px 10px;border-radius:var(--radius);cursor:pointer}.picker li span{overflow-wrap:anywhere}.picker li span+span{flex:none}.picker li[aria-selected=true]{background:var(--wash);outline:2px solid var(--focus);outline-offset:-2px}
`),N=!0;let r=F(e),i=d("ul",{id:"country-list",role:"listbox",tabindex:"-1","aria-label":"Countries",lang:S()}),a=d("input",{id:"country-search",type:"text",role:"combobox","aria-expanded":"true","aria-autocomplete":"list","aria-controls":"country-list",autocomplete:"off",autocapitalize:"none",spellcheck:"false",maxlength:"40",enterkeyhint:"done"}),C=d("p",{class:"quiet",role:"status"}),f=[],p,T=new AbortController,h=()=>{T.abort(),document.removeEventListener("click",h),s.setAttribute("aria-expanded","false"),n.replaceChildren(),l()},b=c=>{o.country=c,h(),t.focus()},E=c=>{if(p?.option.setAttribute("aria-selected","false"),p=c,a.setAttribute("aria-activedescendant",c?.option.id??""),c===void 0)return;c.option.setAttribute("aria-selected","true");let{offsetTop:u,offsetHeight:m}=c.option;u<i.scrollTop?i.scrollTop=u:u+m>i.scrollTop+i.clientHeight&&(i.scrollTop=u+m-i.clientHeight)},g=()=>{f=V(r,a.value),i.replaceChildren(...f.map(({option:c})=>c)),C.textContent=a.value.trim()===""?"":Z(f.length),E(a.value.trim()===""?f.find(({country:c})=>c.region===o.country?.region)??f[0]:f[0])};a.addEventListener("input",g),a.addEventListener("keydown",c=>{if(c.isComposing)return;let{key:u}=c;if(u==="ArrowDown"||u==="ArrowUp")E(f[(f.findIndex(m=>m===p)+k[u]+f.length)%f.length]);else if(u==="Enter")p!==void 0&&b(p.country);else if(u==="Escape")h(),s.focus();else return;c.preventDefault(),c.stopPropagation()}),i.addEventListener("mousedown",c=>c.preventDefault()),i.addEventListener("click",({target:c})=>{let u=f.find(({option:m})=>c instanceof Node&&m.contains(c));u!==void 0&&b(u.country)}),a.addEventListener("focusout",({relatedTarget:c})=>{let u=c instanceof Element&&c.getAttribute("aria-expanded")==="true";!(c instanceof Element)||c===i||u||(c.matches(":active")?document.addEventListener("click",h,{once:!0}):h())});let L=d("div",{class:"picker"},d("label",{for:"country-search"},"Search by name or code"),a,C,i);return n.replaceChildren(L),s.setAttribute("aria-expanded","true"),g(),i.scrollTop+=i.clientHeight/2,a.focus(),I(L,T.signal).then(c=>c&&E(p)),h}function F(e){let[s,t]=[w(navigator.languages),w(["en"])];return e.map(n=>{let{region:o,code:l}=n,r=y(o),i=`${s?.of(o)??""} ${t?.of(o)??""} ${r.startsWith("St. ")?"Saint":""} ${W[o]??""}`,a=d("li",{id:`country-${o}`,role:"option","aria-selected":"false"},d("span",{},r)," ",d("span",{class:"quiet"},`+${l}`));return{country:n,name:r,words:` ${x(`${r} ${i}`)} ${o.toLowerCase()} ${l} +${l}`,option:a}}).sort((n,o)=>n.name.localeCompare(o.name,S()))}function w(e){try{return new Intl.DisplayNames([...e],{type:"region"})}catch{return null}}function V(e,s){let t=x(s).split(" ").filter(Boolean),n=r=>$.some(i=>t.length>1?i.startsWith(r):i===r),o=e.filter(r=>t.every(i=>r.words.includes(` ${i}`)||n(i))),l=r=>Number(r.words.startsWith(` ${t.join(" ")}`));return t.length===0?o:o.sort((r,i)=>l(i)-l(r))}function x(e){return e.normalize("NFD").replace(/\p{M}/gu,"").replace(/['’.]/g," ").replace(/[\s&()-]+/g," ").trim().toLowerCase()}function Z(e){return e===0?"No country of that name or code.":e===1?"1 country":`${e} countries`}var D=M.trim().split(`
`).map(e=>{let[s="",t="",n="",o="",l="",r="",i]=e.split(" ").map(a=>a==="-"?"":a);return{region:s,code:t,trunk:n,lengths:o.split(",").map(Number),sizes:l,abroad:G(r||"00"),leading:i===void 0?null:G(i)}}),A=/^000?/,B=/^0?(?=\d{12}$)(11|\d{3,4}?)15(\d+)$/;function G(e){return new RegExp(`^(?:${e})`)}function oe(e,s){if(e.startsWith("+"))return v(e.slice(1))??P(e.slice(1));let t=D.find(a=>a.region===s),n=t&&{code:t.code,national:O(e,t),sizes:t.sizes,regions:[t.region]},o=A.test(e);if(!o&&n&&t.lengths.includes(n.national.length))return n;let r=[...[t?.abroad??A,A].filter(a=>a.test(e)).map(a=>e.replace(a,"")),e].map(v),i=r.find(a=>a?.isPossible);return i||!o?i??n??null:r.find(Boolean)??P(e.replace(A,""))}function P(e){return e===""?null:{code:"",national:e,regions:[]}}function v(e){let s=D.filter(({code:r})=>e.startsWith(r)),[t]=s;if(t===void 0)return null;let n=O(e.slice(t.code.length),t),o=s.filter(({leading:r})=>r?.test(n)),l=o.length>0?o:s.filter(({leading:r})=>r===null);return{code:t.code,national:n,sizes:(l[0]??t).sizes,regions:l.map(({region:r})=>r),isPossible:l.some(({lengths:r})=>r.includes(n.length))}}function O(e,{region:s,trunk:t,lengths:n}){if(s==="AR"&&B.test(e))return e.replace(B,"9$1$2");if(t===""||!e.startsWith(t))return e;let o=e.slice(t.length);return n.includes(o.length)||!n.includes(e.length)?o:e}export{D as COUNTRIES,H as openPicker,oe as readNumber};
