/** What the build makes of `elements/items.css`. */
declare const ITEM_STYLES: string;
