// A site that is opened from the disk may not start workers; then the search runs in a hidden frame that answers like one.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(address) {
      super();
      this.waiting = [];
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.append(frame);
      const inside = frame.contentDocument;
      const start = inside.createElement("script");
      start.textContent = `
        postMessage = function (data) { parent.dispatchEvent(new MessageEvent("worker-said", { data })); };
        importScripts = function () {
          return Array.from(arguments).reduce(function (before, address) {
            return before.then(function () {
              return new Promise(function (resolve) {
                const script = document.createElement("script");
                script.src = address;
                script.onload = resolve;
                document.head.append(script);
              });
            });
          }, Promise.resolve());
        };`;
      inside.head.append(start);
      const script = inside.createElement("script");
      script.src = String(address);
      script.onload = () => {
        this.frame = frame;
        for (const data of this.waiting.splice(0)) this.postMessage(data);
      };
      inside.head.append(script);
      window.addEventListener("worker-said", (event) => {
        const said = new MessageEvent("message", { data: event.data });
        if (this.onmessage) this.onmessage(said);
        this.dispatchEvent(said);
      });
    }
    postMessage(data) {
      if (!this.frame) this.waiting.push(data);
      else this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data }));
    }
    terminate() {
      this.frame?.remove();
    }
  };
}
