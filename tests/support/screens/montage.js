/**
 * Puts pictures beside each other, and finds few colours for the whole: `montage(rows)` answers with a width, a
 * height, a palette, and for each pixel its place in the palette. Run in an empty page, whose canvas does the drawing.
 */
(() => {
  const GAP = 12;
  const GROUND = '#8a8f98'; // neither theme's: where a picture ends is seen
  const MOST_COLOURS = 24;

  const load = async (picture) => {
    const [data, width, height] = [picture].flat(); // cut to that size, where it has one
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    return createImageBitmap(image, 0, 0, width ?? image.width, height ?? image.height);
  };

  /** Rows of pictures, from the left. */
  const draw = (rows) => {
    const wide = rows.map((row) => row.reduce((sum, { width }) => sum + width + GAP, GAP));
    const high = rows.map((row) => Math.max(...row.map(({ height }) => height)) + GAP);
    const canvas = new OffscreenCanvas(Math.max(...wide), high.reduce((sum, height) => sum + height, GAP));
    const context = canvas.getContext('2d', { willReadFrequently: true });
    context.fillStyle = GROUND;
    context.fillRect(0, 0, canvas.width, canvas.height);
    let y = GAP;
    for (const [index, row] of rows.entries()) {
      let x = GAP;
      for (const image of row) {
        context.drawImage(image, x, y);
        x += image.width + GAP;
      }
      y += high[index];
    }
    return context.getImageData(0, 0, canvas.width, canvas.height);
  };

  const distance = (a, b) => [0, 8, 16].reduce((sum, shift) => sum + (((a >> shift) & 255) - ((b >> shift) & 255)) ** 2, 0);

  /**
   * Colours that all pixels together lose least with, beginning with the most frequent one: a few pixels of a red that nothing is like weigh more than
   * many of a grey beside another. And for each colour the nearest of them.
   */
  const paletteOf = (pixels) => {
    const counts = new Map();
    for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
    const found = [...counts].map(([colour, count]) => ({ colour, count, place: 0, loss: Infinity }));
    const palette = [];
    let next = found.reduce((most, one) => (one.count > most.count ? one : most));
    while (next.loss > 0 && palette.length < MOST_COLOURS) {
      const place = palette.push(next.colour) - 1;
      for (const one of found) {
        const loss = one.count * distance(next.colour, one.colour);
        if (loss < one.loss) Object.assign(one, { place, loss });
      }
      next = found.reduce((worst, one) => (one.loss > worst.loss ? one : worst));
    }
    return { palette, places: new Map(found.map(({ colour, place }) => [colour, place])) };
  };

  window.montage = async (rows) => {
    const images = await Promise.all(rows.map((row) => Promise.all(row.map(load))));
    const { width, height, data } = draw(images);
    const pixels = new Uint32Array(data.buffer).map((pixel) => pixel & 0xffffff);
    const { palette, places } = paletteOf(pixels);
    const bytes = Uint8Array.from(pixels, (pixel) => places.get(pixel));
    let text = '';
    for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
    return { width, height, palette, pixels: btoa(text) };
  };
})();
