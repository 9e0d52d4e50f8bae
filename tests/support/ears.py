"""What tiles sound like in a browser: the loudest frequency that comes out of their elements."""

HEARD = """() => {
  const { tiles } = document.querySelector("[data-mp-tiles]").mpTiles;
  window.ears ??= { context: new AudioContext(), known: new Map() };
  const { context, known } = window.ears;
  const told = {};
  for (const { code, sound, videos } of tiles) {
    for (const one of [...videos, sound.audio]) {
      if (!one || !one.hasAttribute("src")) continue;
      if (!known.has(one)) {
        const ear = context.createAnalyser();
        ear.fftSize = 8192;
        context.createMediaElementSource(one).connect(ear);
        known.set(one, ear);
      }
      const ear = known.get(one);
      const levels = new Float32Array(ear.frequencyBinCount);
      ear.getFloatFrequencyData(levels);
      const most = levels.reduce((best, level, n) => (level > levels[best] ? n : best), 0);
      if (levels[most] > -70) told[code] = (most * context.sampleRate) / ear.fftSize;
    }
  }
  return told;
}"""
"""The loudest frequency of each tile that is heard, in Hz: what comes out of its elements, after muting."""
