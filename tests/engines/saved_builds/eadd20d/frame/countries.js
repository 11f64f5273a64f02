var L=`
US 1 1 10
AG 1 1 10 268
AI 1 1 10 264
AS 1 1 10 684
BB 1 1 10 246
BM 1 1 10 441
BS 1 1 10 242
CA 1 1 10
DM 1 1 10 767
DO 1 1 10 8001|8[024]9
GD 1 1 10 473
GU 1 1 10 671
JM 1 1 10 658|876
KN 1 1 10 869
KY 1 1 10 345
LC 1 1 10 758
MP 1 1 10 670
MS 1 1 10 664
PR 1 1 10 787|939
SX 1 1 10 721
TC 1 1 10 649
TT 1 1 10 868
VC 1 1 10 784
VG 1 1 10 284
VI 1 1 10 340
RU 7 8 10 [3489]
KZ 7 8 10 7
EG 20 0 10
ZA 27 0 5,6,7,8,9
GR 30 - 10
NL 31 0 9,11
BE 32 0 9
FR 33 0 9
ES 34 - 9
HU 36 06 9
IT 39 - 9,10
VA 39 - 9,10 06698
RO 40 0 9
CH 41 0 9
AT 43 0 7,8,9,10,11,12,13
GB 44 0 10
GG 44 0 10
IM 44 0 10 74576|(?:16|7[56])24
JE 44 0 10
DK 45 - 8
SE 46 0 9
NO 47 - 8 [02-689]|7[0-8]
SJ 47 - 8 79
PL 48 - 9
DE 49 0 10,11
PE 51 0 9
MX 52 - 10
CU 53 0 8
AR 54 0 10,11
BR 55 0 10,11
CL 56 - 9
CO 57 0 10
VE 58 0 10
MY 60 0 9,10
AU 61 0 9
CC 61 0 9
CX 61 0 9
ID 62 0 9,10,11,12
PH 63 0 10
NZ 64 0 8,9,10
SG 65 - 8
TH 66 0 9
JP 81 0 10
KR 82 0 9,10
VN 84 0 9
CN 86 0 11
TR 90 0 10
IN 91 0 10
PK 92 0 10
AF 93 0 9
LK 94 0 9
MM 95 0 7,8,9,10
IR 98 0 10
SS 211 0 9
MA 212 0 9 [5-8]
EH 212 0 9
DZ 213 0 9
TN 216 - 8
LY 218 0 9
GM 220 - 7,9
SN 221 - 9
MR 222 - 8
ML 223 - 8
GN 224 - 9
CI 225 - 10
BF 226 - 8
NE 227 - 8
TG 228 - 8
BJ 229 - 10
MU 230 - 8
LR 231 0 7,9
SL 232 0 8
GH 233 0 9
NG 234 0 10
TD 235 - 8
CF 236 - 8
CM 237 - 9
CV 238 - 7
ST 239 - 7
GQ 240 - 9
GA 241 - 7,8
CG 242 - 9
CD 243 0 7,9
AO 244 - 9
GW 245 - 9
IO 246 - 7
AC 247 - 5
SC 248 - 7
SD 249 0 9
RW 250 0 9
ET 251 0 9
SO 252 0 7,8,9
DJ 253 - 8
KE 254 0 9
TZ 255 0 9
UG 256 0 9
BI 257 - 8
MZ 258 - 9
ZM 260 0 9
MG 261 0 9
RE 262 0 9
YT 262 0 9
ZW 263 0 9
NA 264 0 9
MW 265 0 9
LS 266 - 8
BW 267 - 8
SZ 268 - 8
KM 269 - 7
SH 290 - 5 [2569]
TA 290 - 4 8
ER 291 0 7
AW 297 - 7
FO 298 - 6
GL 299 - 6
GI 350 - 8
PT 351 - 9
LU 352 - 9
IE 353 0 9
IS 354 - 7,9
AL 355 0 9
MT 356 - 8
CY 357 - 8
FI 358 0 6,7,8,9,10 1[03-79]|[2-9]
AX 358 0 6,7,8,9,10 18
BG 359 0 8,9
LT 370 0 8
LV 371 - 8
EE 372 - 7,8
MD 373 0 8
AM 374 0 8
BY 375 80 9
AD 376 - 6,9
MC 377 0 8,9
SM 378 - 8
UA 380 0 9
RS 381 0 8,9,10
ME 382 0 8
XK 383 0 8
HR 385 0 8,9
SI 386 0 8
BA 387 0 8,9
MK 389 0 8
CZ 420 - 9
SK 421 0 9
LI 423 0 7,9
FK 500 - 5
BZ 501 - 7
GT 502 - 8
SV 503 - 8
HN 504 - 8
NI 505 - 8
CR 506 - 8
PA 507 - 7,8
PM 508 0 6,9
HT 509 - 8
GP 590 0 9
BL 590 0 9
MF 590 0 9
BO 591 0 8
GY 592 - 7
EC 593 0 9
GF 594 0 9
PY 595 0 9
MQ 596 0 9
SR 597 - 7
UY 598 0 8
CW 599 - 7,8 [69]
BQ 599 - 7 [347]
TL 670 - 8
NF 672 - 6
BN 673 - 7
NR 674 - 7
PG 675 - 8
TO 676 - 7
SB 677 - 5,7
VU 678 - 7
FJ 679 - 7
PW 680 - 7
WF 681 - 6
CK 682 - 5
NU 683 - 4,7
WS 685 - 7,10
KI 686 0 8
NC 687 - 6
TV 688 - 6,7
PF 689 - 8
TK 690 - 4,5,6,7
FM 691 - 7
MH 692 1 7
KP 850 0 10
HK 852 - 8
MO 853 - 8
KH 855 0 8,9
LA 856 0 9,10
BD 880 0 10
TW 886 0 9
MV 960 - 7
LB 961 0 7,8
JO 962 0 9
SY 963 0 9
IQ 964 0 10
KW 965 - 8
SA 966 0 9
YE 967 0 9
OM 968 - 8
PS 970 0 9
AE 971 0 9
IL 972 0 9
BH 973 - 8
QA 974 - 8
BT 975 - 8
MN 976 0 8
NP 977 0 10
TJ 992 - 9
TM 993 8 8
AZ 994 0 9
GE 995 0 9
KG 996 0 9
UZ 998 - 9
`;function d(e,i={},...t){let n=document.createElement(e);for(let[r,s]of Object.entries(i))s!==!1&&n.setAttribute(r,s===!0?"":s);return n.append(...t.filter(r=>r!==null)),n}function N(e,i){let t=e.querySelector("#link-styles")??e.querySelector("style");t?.sheet?.insertRule(`@media all{${i}}`,t.sheet.cssRules.length)}var P=Intl.DisplayNames&&new Intl.DisplayNames(["en"],{type:"region"});function b(e){try{return P?.of(e)??e}catch{return e}}async function g(e,i){for(let t of[!1,!0]){await new Promise(s=>setTimeout(s,250));let{whole:n,seen:r}=await D(e);if(i.aborted||n-r<1)return!1;t&&(e.style.maxHeight=`${Math.max(200,r)}px`),e.scrollIntoView({block:"nearest",behavior:"instant"})}return!0}function D(e){return new Promise(i=>{if(!window.IntersectionObserver)return i({whole:0,seen:0});let t=new IntersectionObserver(([n])=>{t.disconnect(),i({whole:n?.boundingClientRect.height??0,seen:n?.intersectionRect.height??0})});t.observe(e)})}var v=Object.freeze({AE:"UAE",CD:"DRC Zaire Democratic Republic",CG:"Brazzaville Republic",CI:"Ivory Coast divoire",CV:"Cape Verde Cabo",CZ:"Czech Republic",GB:"UK England Scotland Wales Great Britain",MM:"Burma",NL:"Holland",RU:"Russian Federation",SZ:"Swaziland",TL:"East Timor",TR:"Turkey",US:"USA America",VA:"Vatican"}),x=["and","of","the"],O={ArrowDown:1,ArrowUp:-1},R=!1;function K(e,{button:i,input:t,panel:n},r,s){R||N(document,`.picker{display:flex;flex-direction:column;padding:12px;border:1px solid var(--line);border-radius:var(--radius)}.picker input{flex:none}.picker [role=status]{margin:6px 0 0}.picker [role=status]:empty{margin:0}.picker ul{position:relative;min-height:44px;max-height:222px;margin:8px 0 0;padding:0;overflow-y:auto;overscroll-behavior:contain;list-style:none}.picker li{display:flex;justify-content:space-between;gap:12px;align-items:center;min-height:44px;padding:4px 10px;border-radius:var(--radius);cursor:pointer}.picker li span{overflow-wrap:anywhere}.picker li span+span{flex:none}.picker li[aria-selected=true]{background:var(--wash);outline:2px solid var(--focus);outline-offset:-2px}
`),R=!0;let a=U(e),c=d("ul",{id:"country-list",role:"listbox",tabindex:"-1","aria-label":"Countries"}),f=d("input",{id:"country-search",type:"text",role:"combobox","aria-expanded":"true","aria-autocomplete":"list","aria-controls":"country-list",autocomplete:"off",autocapitalize:"none",spellcheck:"false",maxlength:"40",enterkeyhint:"done"}),E=d("p",{class:"quiet",role:"status"}),u=[],p,A=new AbortController,m=()=>{A.abort(),document.removeEventListener("click",m),i.setAttribute("aria-expanded","false"),n.replaceChildren(),s()},C=o=>{r.country=o,m(),t.focus()},S=o=>{if(p?.option.setAttribute("aria-selected","false"),p=o,f.setAttribute("aria-activedescendant",o?.option.id??""),o===void 0)return;o.option.setAttribute("aria-selected","true");let{offsetTop:l,offsetHeight:h}=o.option;l<c.scrollTop?c.scrollTop=l:l+h>c.scrollTop+c.clientHeight&&(c.scrollTop=l+h-c.clientHeight)},T=()=>{u=$(a,f.value),c.replaceChildren(...u.map(({option:o})=>o)),E.textContent=f.value.trim()===""?"":k(u.length),S(f.value.trim()===""?u.find(({country:o})=>o.region===r.country?.region)??u[0]:u[0])};f.addEventListener("input",T),f.addEventListener("keydown",o=>{if(o.isComposing)return;let{key:l}=o;if(l==="ArrowDown"||l==="ArrowUp")S(u[(u.findIndex(h=>h===p)+O[l]+u.length)%u.length]);else if(l==="Enter")p!==void 0&&C(p.country);else if(l==="Escape")m(),i.focus();else return;o.preventDefault(),o.stopPropagation()}),c.addEventListener("mousedown",o=>o.preventDefault()),c.addEventListener("click",({target:o})=>{let l=u.find(({option:h})=>o instanceof Node&&h.contains(o));l!==void 0&&C(l.country)}),f.addEventListener("focusout",({relatedTarget:o})=>{let l=o instanceof Element&&o.getAttribute("aria-expanded")==="true";!(o instanceof Element)||o===c||l||(o.matches(":active")?document.addEventListener("click",m,{once:!0}):m())});let M=d("div",{class:"picker"},d("label",{for:"country-search"},"Search by name or code"),f,E,c);return n.replaceChildren(M),i.setAttribute("aria-expanded","true"),T(),c.scrollTop+=c.clientHeight/2,f.focus(),g(M,A.signal).then(o=>o&&S(p)),m}function U(e){let i=H();return e.map(t=>{let{region:n,code:r}=t,s=b(n),a=`${i?.of(n)??""} ${s.startsWith("St. ")?"Saint":""} ${v[n]??""}`,c=d("li",{id:`country-${n}`,role:"option","aria-selected":"false"},d("span",{},s)," ",d("span",{class:"quiet"},`+${r}`));return{country:t,name:s,words:` ${I(`${s} ${a}`)} ${n.toLowerCase()} ${r} +${r}`,option:c}}).sort((t,n)=>t.name.localeCompare(n.name,"en"))}function H(){try{return new Intl.DisplayNames([...navigator.languages],{type:"region"})}catch{return null}}function $(e,i){let t=I(i).split(" ").filter(Boolean),n=a=>x.some(c=>t.length>1?c.startsWith(a):c===a),r=e.filter(a=>t.every(c=>a.words.includes(` ${c}`)||n(c))),s=a=>Number(a.words.startsWith(` ${t.join(" ")}`));return t.length===0?r:r.sort((a,c)=>s(c)-s(a))}function I(e){return e.normalize("NFD").replace(/\p{M}/gu,"").replace(/['’.]/g," ").replace(/[\s&()-]+/g," ").trim().toLowerCase()}function k(e){return e===0?"No country of that name or code.":e===1?"1 country":`${e} countries`}var w=L.trim().split(`
`).map(e=>{let[i="",t="",n="",r="",s]=e.split(" ");return{region:i,code:t,trunk:n==="-"?"":n,lengths:r.split(",").map(Number),leading:s===void 0?null:new RegExp(`^(?:${s})`)}}),y=/^0?(?=\d{12}$)(11|\d{3,4}?)15(\d+)$/;function j(e,i){if(e.startsWith("+"))return G(e.slice(1))??{code:"",national:e.slice(1),regions:[]};let t=w.find(s=>s.region===i),n=t&&{code:t.code,national:B(e,t),regions:[t.region]};if(n&&t.lengths.includes(n.national.length))return n;let r=G(e);return(r?.isPossible?r:n)??null}function G(e){let i=w.filter(({code:a})=>e.startsWith(a)),[t]=i;if(t===void 0)return null;let n=B(e.slice(t.code.length),t),r=i.filter(({leading:a})=>a?.test(n)),s=r.length>0?r:i.filter(({leading:a})=>a===null);return{code:t.code,national:n,regions:s.map(({region:a})=>a),isPossible:s.some(({lengths:a})=>a.includes(n.length))}}function B(e,{region:i,trunk:t,lengths:n}){if(i==="AR"&&y.test(e))return e.replace(y,"9$1$2");if(t===""||!e.startsWith(t))return e;let r=e.slice(t.length);return n.includes(r.length)||!n.includes(e.length)?r:e}export{w as COUNTRIES,K as openPicker,j as readNumber};
