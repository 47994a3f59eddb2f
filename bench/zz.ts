import * as tf from '@tensorflow/tfjs';
import { TransformerEncoder } from '../src/encoders/transformer/transformer-encoder.js';
import { useBackend } from '../test/support/backends.js';
import { oasisLoss } from '../src/losses/index.js';
const words = Array.from({length: 3000},(_, i)=>'w'+i.toString(36));
const text = (n:number, s:number)=>Array.from({length:n-2},(_, i)=>words[(i*7919+s*104729)%3000]).join(' ');
const q = Array.from({length:32},(_, i)=>text(48,i)), d = Array.from({length:32},(_, i)=>text(48,i+100));
const pairs = { query: Uint32Array.from({length:32},(_, i)=>i), document: Uint32Array.from({length:32},(_, i)=>i), similarity: Float32Array.from({length:32},(_, i)=>0.5+i/100), positive: new Uint8Array(32).fill(1) };
const results: number[][] = [];
for (const b of process.argv.slice(2)) {
  await useBackend(b);
  const enc = TransformerEncoder.random({ texts: [words.join(' ')], seed: 1, maximumLength: 48 });
  const tq = enc.tokenize(q,'query'), td = enc.tokenize(d,'document');
  if (b==='wasm') console.log('tokens', tq.offsets[1], enc.variables.length, enc.config.vocabularySize);
  const step = () => tf.tidy(()=>{ const {value,grads} = tf.variableGrads(()=>oasisLoss(enc.encode(tq,'query'), enc.encode(td,'document'), pairs).loss as tf.Scalar, [...enc.variables]);
    const g = enc.variables.map(v=>grads[v.name]!); const out=tf.stack([value, ...g.map(x=>tf.sum(tf.square(x)))]); return out.dataSync(); });
  results.push(Array.from(step()));
  let best=1e9,cpu=1e9;
  for (let i=0;i<6;i++){ const t=performance.now(), c=process.cpuUsage(); step(); best=Math.min(best,performance.now()-t); const e=process.cpuUsage(c); cpu=Math.min(cpu,(e.user+e.system)/1e3);}
  console.log(b,'forward+backward',best.toFixed(0),'ms, cpu',cpu.toFixed(0));
  if (process.env.PROFILE) {
    const p = await tf.profile(()=>{ step(); return tf.scalar(0); });
    const by: Record<string,[number,number]> = {};
    for (const k of p.kernels) { const e=by[k.name]??=[0,0]; e[0]++; e[1]+=Number(await k.kernelTimeMs)||0; }
    console.log(Object.entries(by).sort((a,c)=>c[1][1]-a[1][1]).slice(0,25).map(([n,[c,t]])=>`${n} ${c} ${t.toFixed(1)}`).join('\n'), p.kernels.length);
  }
}
const worst = results[0]!.map((x,i)=>Math.abs(x-(results[1]?.[i]??x))/(Math.abs(x)+1e-6)); console.log('worst relative', Math.max(...worst));
