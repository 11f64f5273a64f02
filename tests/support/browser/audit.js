/**
 * What an element shows, measured: `audit()` names each control without a label, each target too small to touch,
 * each text too faint to read, and whatever sticks out to the side. Run inside the frame.
 */
(() => {
  const LEAST_TARGET_PX = 44;
  const LEAST_CONTRAST = 4.5;

  const isShown = (element) => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && element.closest('.unseen') === null;

  const channels = (colour) => {
    const [r, g, b, alpha = 1] = colour.match(/[\d.]+/g).map(Number);
    return { rgb: [r, g, b], alpha };
  };

  const groundOf = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const { rgb, alpha } = channels(getComputedStyle(at).backgroundColor);
      if (alpha === 1) return rgb;
    }
    return [255, 255, 255];
  };

  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };

  const contrast = (a, b) => {
    const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (light + 0.05) / (dark + 0.05);
  };

  const nameOf = (control) => (control.getAttribute('aria-label') ?? '') || [...(control.labels ?? [])].map(({ textContent }) => textContent).join(' ') || (control.matches('button') ? control.textContent : '');

  const targetOf = (control) => (control.matches('[type="radio"]') ? control.closest('label') : control).getBoundingClientRect();

  window.audit = () => {
    const faults = [];
    const controls = [...document.querySelectorAll('input, select, textarea, button')].filter(isShown);
    for (const control of controls) {
      const called = control.id || control.name || control.textContent;
      if (!nameOf(control).trim()) faults.push(`no label: ${called}`);
      const { width, height } = targetOf(control);
      if (width < LEAST_TARGET_PX || height < LEAST_TARGET_PX) faults.push(`small: ${called} ${width}×${height}`);
      for (const id of (control.getAttribute('aria-describedby') ?? '').split(' ').filter(Boolean)) {
        if (document.getElementById(id) === null) faults.push(`described by nothing: ${called}`);
      }
    }
    const hasText = (element) => [...element.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
    for (const element of [...document.querySelectorAll('main *')].filter((found) => hasText(found) && isShown(found))) {
      const ratio = contrast(channels(getComputedStyle(element).color).rgb, groundOf(element));
      if (ratio < LEAST_CONTRAST) faults.push(`faint: ${element.textContent.trim().slice(0, 40)} ${ratio.toFixed(2)}`);
    }
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) faults.push(`too wide: ${scrollWidth} in ${clientWidth}`);
    return faults;
  };

  /** The focus, and whether it is to be seen. */
  window.focused = () => {
    const { activeElement: at } = document;
    const shown = at.matches('[type="radio"]') ? at.closest('.item') : at;
    const { outlineStyle, outlineWidth } = getComputedStyle(shown);
    return { name: nameOf(at).trim(), isSeen: outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2 };
  };
})();
