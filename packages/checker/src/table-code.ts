/**
 * The set of states as JavaScript made for a given number of words: hash, insert, look up, rehash.
 *
 * An entry of the table is 0 or the index of a state plus one in its low `bits` bits and, above them, as many bits of the
 * state's hash as there is room for: nearly every other state that the probing meets is told apart without being read. Equal
 * hash bits decide nothing: whole states are compared.
 *
 * Work is done in batches: a first pass hashes and touches the table, so that its cache misses overlap. The states that are
 * then compared are mostly recent ones, and near; touching them first costs more than it saves.
 */

const list = (words: number, f: (i: number) => string, glue: string): string =>
  Array.from({ length: words }, (_, i) => f(i)).join(glue)

/** Statements that leave the hash of w0, w1, ... in `h`. Each word is mixed in by a bijection of the hash before it. */
function hashCode(words: number): string {
  const mix = list(
    words,
    (i) =>
      i === 0
        ? 'let h=Math.imul(w0^0x5bd1e995,0x85ebca6b);'
        : `h=Math.imul(h^h>>>15^w${i},${i % 2 === 1 ? '0x2c1b3c6d' : '0x297a2d39'});`,
    '',
  )
  return `${mix}h=Math.imul(h^h>>>13,0xc2b2ae35);h^=h>>>16;`
}

/** A slot by multiplication, not by mask, so that the table can have any size and need not double to grow. */
const SLOT = '((h>>>0)*scale)|0'

export function tableCode(words: number): string {
  const stride = words + 1
  const load = (from: string, base: string): string =>
    `const ${list(words, (i) => `w${i}=${from}[${base}+${i}]`, ',')};`
  const same = list(words, (i) => `states[q+${i}]===w${i}`, '&&')
  const keep = list(words, (i) => `states[q+${i}]=w${i};`, '')
  const touch = `
  const index=-1>>>(32-bits),scale=size/4294967296;let warm=0;
  for(let k=0,o=0;k<count;k++,o+=${stride}){
    ${load('succ', 'o')}${hashCode(words)}
    const i=${SLOT};hashes[k]=h;slots[k]=i;warm^=table[i]}
  touched=warm;`
  return `
function insert(states,table,size,bits,count,n,limit){${touch}
  for(let k=0,o=0;k<count;k++,o+=${stride}){
    ${load('succ', 'o')}
    const t=hashes[k]<<bits;
    for(let i=slots[k];;){
      const e=table[i];
      if(e===0){
        if(n===limit)return -1-n;
        const q=n*${words};${keep}n++;table[i]=t|n;break}
      if((e^t)>>>bits===0){const q=((e&index)-1)*${words};if(${same})break}
      if(++i===size)i=0}}
  return n}
function resolve(states,table,size,bits,count){${touch}
  for(let k=0,o=0;k<count;k++,o+=${stride}){
    ${load('succ', 'o')}
    const t=hashes[k]<<bits;let found=-1;
    for(let i=slots[k];;){
      const e=table[i];
      if(e===0)break;
      if((e^t)>>>bits===0){found=(e&index)-1;const q=found*${words};if(${same})break;found=-1}
      if(++i===size)i=0}
    slots[k]=found}
  return count}
function rehash(states,n,table,size,bits){
  const scale=size/4294967296;let warm=0;
  for(let from=0;from<n;from+=hashes.length){
    const count=Math.min(hashes.length,n-from);
    for(let k=0;k<count;k++){
      const q=(from+k)*${words};${load('states', 'q')}${hashCode(words)}
      const i=${SLOT};hashes[k]=h;slots[k]=i;warm^=table[i]}
    for(let k=0;k<count;k++){
      let i=slots[k];
      while(table[i]!==0)if(++i===size)i=0;
      table[i]=hashes[k]<<bits|from+k+1}}
  touched=warm}`
}
