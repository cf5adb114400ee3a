// A notebook's cell: the whole page in a frame of its own that may run its script and nothing else, and the address of what is chosen.
export default {
  render({ model, el }) {
    const frame = document.createElement("iframe");
    const word = crypto.getRandomValues(new Uint32Array(4)).join("-");
    let last = model.get("address");
    frame.setAttribute("sandbox", "allow-scripts allow-downloads");
    frame.title = model.get("title");
    frame.style.cssText = `width:100%;height:${model.get("height")}px;border:0;border-radius:10px`;
    const say = (what, more) => frame.contentWindow?.postMessage({ gausscape: what, word, ...more }, "*");
    const hear = (event) => {
      const told = event.data;
      if (event.source !== frame.contentWindow) return;
      if (told?.gausscape === "ready") {
        if (last) say("follow", { address: last });
        say("hello");
      }
      if (told?.gausscape !== "chosen" || told.word !== word) return;
      last = told.address;
      model.set("address", last);
      model.save_changes();
    };
    const follow = () => {
      if (model.get("address") !== last) say("follow", { address: (last = model.get("address")) });
    };
    window.addEventListener("message", hear);
    model.on("change:address", follow);
    frame.srcdoc = model.get("page");
    el.append(frame);
    return () => {
      window.removeEventListener("message", hear);
      model.off("change:address", follow);
    };
  },
};
