import { relevantRanks, relevantRanksInThreads } from './src/metrics/index.js';
const [Q,N,D]=[2000,20000,384];
const mk=(n:number)=>new Float32Array(new SharedArrayBuffer(4*n));
let s=1; const rnd=()=>{s=(Math.imul(s,1664525)+1013904223)>>>0;return s/2**32};
const c=mk(N*D);for(let i=0;i<N;i++){let t=0;for(let j=0;j<D;j++){const v=rnd()-.5;c[i*D+j]=v;t+=v*v}for(let j=0;j<D;j++)c[i*D+j]!/=Math.sqrt(t)}
const q=mk(Q*D);for(let i=0;i<Q;i++){let t=0;for(let j=0;j<D;j++){const v=rnd()-.5+.6*c[i*D+j]!;q[i*D+j]=v;t+=v*v}for(let j=0;j<D;j++)q[i*D+j]!/=Math.sqrt(t)}
const rel=Uint32Array.from({length:Q},(_,i)=>i);
for(let r=0;r<4;r++){const t=performance.now();const p=process.cpuUsage();const x=relevantRanks({data:q,rows:Q,columns:D},{data:c,rows:N,columns:D},rel);const u=process.cpuUsage(p);console.log('one thread',performance.now()-t,(u.user+u.system)/1e3,2*Q*N*D/((u.user+u.system)*1e3));let h=0;for(const v of x.ranks)h+=v;console.log(h)}
