// The page of `/docs` as a browser runs it, with a stand-in of the few things of a page that its script
// uses: node docs_page.js URL
const assert = require("node:assert");
const url = process.argv[2];

const elements = {};
const element = id => elements[id] ??= {
  id, value: "", innerHTML: "", textContent: "", hidden: false, listeners: {},
  addEventListener(event, listener) { this.listeners[event] = listener; },
};
global.document = { getElementById: element };
const fetched = globalThis.fetch;
global.fetch = (path, options) => fetched(url + path, options);

// Fills the form in, sends it, and returns what is shown.
async function generate(fields) {
  for (const id of ["sample", "description", "type", "dose", "counts", "seed"]) element(id).value = "";
  Object.assign(element("perturbation"), { value: "CHEMBL384467" });
  Object.assign(element("time"), { value: "24 h" });
  Object.assign(element("strategy"), { value: "mean estimation" });
  for (const [id, value] of Object.entries(fields)) element(id).value = value;
  element("model").listeners.change();
  await element("form").listeners.submit({ preventDefault() {} });
  return element("answer").innerHTML;
}

(async () => {
  const html = await (await fetched(`${url}/docs`)).text();
  const script = html.split("<script>")[1].split("</script>")[0];
  new Function(script)();
  while (!element("model").innerHTML) await new Promise(resolve => setTimeout(resolve, 20));

  const models = [...element("model").innerHTML.matchAll(/<option>(.*?)</g)].map(found => found[1]);
  assert(models.length >= 7, models);
  for (const model of models) {
    const answer = await generate({ model, perturbation: "MDM2" });
    assert(!answer.includes('class="fault"'), `${model}: ${answer}`);
    const isOfCounts = model.endsWith("_predict-metadata");
    assert(answer.includes(isOfCounts ? "Novelty: " : "Support: "), `${model}: ${answer}`);
    assert(isOfCounts || answer.includes("no type was given: taken as `crispr`"), `${model}: ${answer}`);
    assert(/<td>/.test(answer) && !/NaN|undefined/.test(answer), `${model}: ${answer}`);
    assert.equal(element("row-counts").hidden, !/_predict-metadata|_reference-conditioning/.test(model), model);
    assert.equal(element("row-perturbation").hidden, isOfCounts, model);
  }

  const model = "gem-1-bulk_reference-conditioning";
  const { genes } = await (await fetched(`${url}/api/models/${model}/genes?limit=3000`)).json();
  const lines = genes.map((gene, at) => `${gene.gene_id}\t${at % 300 + 1}`);
  const paste = lines => generate({ model, counts: lines.join("\n"), seed: "18446744073709551615" });

  let answer = await paste(["gene_id\tcount", ...lines, ""]);
  assert(answer.includes("the first line (gene_id\tcount) was taken for a header"), answer);
  assert(answer.includes("Largest changes") && !/NaN|undefined/.test(answer), answer);
  assert(answer.includes("seed 18446744073709551615"), answer);
  answer = await paste([...lines, lines[0]]);
  assert(answer.includes("added up"), answer);
  answer = await paste([...lines, "TP53 many"]);
  assert(answer.includes("Line 3001 of the counts (TP53 many) is not a gene and a number"), answer);
  answer = await paste(["gene_id,sample,count"]);
  assert(answer.includes("no line with a gene and a number"), answer);

  answer = await generate({ model: "gem-1-bulk", perturbation: "", description: "tissue_ontology_id: liver\nsex = female" });
  assert(answer.includes("Most counts") && answer.includes(">ALB<"), answer);
  answer = await generate({ model: "gem-1-bulk", description: "liver" });
  assert(answer.includes("is not a field and a value"), answer);
  answer = await generate({ model: "gem-1-bulk_condition-on-sample-ids", sample: "nothing" });
  assert(answer.includes("inputs[0].sample_id"), answer);
  answer = await generate({ model, dose: "0 uM" });
  assert(answer.includes("is nothing of it"), answer);
})().catch(error => {
  console.error(error);
  process.exit(1);
});
