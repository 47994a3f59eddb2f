import { relevantRanks } from './src/metrics/index.js';
const [Q,N,D]=[300,4000,256];
let s=1; const rnd=()=>{s=(Math.imul(s,1664525)+1013904223)>>>0;return s/2**32};
const rows=(n:number,make:(i:number,j:number)=>number)=>{const d=new Float32Array(n*D);for(let i=0;i<n;i++)for(let j=0;j<D;j++)d[i*D+j]=make(i,j);return{data:d,rows:n,columns:D}};
const base=Array.from({length:D},()=>rnd()-.5), other=Array.from({length:D},()=>rnd()-.5);
const kinds:Record<string,(i:number,j:number)=>number>={random:()=>rnd()-.5,'near 1e-5':(_i,j)=>base[j]!*(1+1e-5*(rnd()-.5)),'near 1e-7':(_i,j)=>base[j]!*(1+1.5e-7*(rnd()-.5)),'two clusters':(i,j)=>(i%2?base:other)[j]!*(1+1e-5*(rnd()-.5)),tied:(_i,j)=>base[j]!, zero:()=>0, outlier:(i)=>(i%250===0?1000:1)*(rnd()-.5)};
const q=rows(Q,()=>rnd()-.5);const rel=Uint32Array.from({length:Q},(_,i)=>i*7);
const out:string[]=[];let baseT=0;
for(const [k,f] of Object.entries(kinds)){const c=rows(N,f);relevantRanks({...q,rows:20,data:q.data.subarray(0,20*D)},c,rel.subarray(0,20));let best=1e9,h=0;for(let r=0;r<2;r++){const p=process.cpuUsage();const x=relevantRanks(q,c,rel);const u=process.cpuUsage(p);best=Math.min(best,(u.user+u.system)/1e3);h=0;for(const v of x.ranks)h+=v}baseT||=best;out.push(`${k} ${best.toFixed(0)}ms ${(best/baseT).toFixed(1)}x ${h}`)}
console.log(out.join('\n'));
