/* SPDX-License-Identifier: MIT */
/*
 * browser.js - looks at reports as a reader would: opens each in a frame of a
 * wide and of a narrow window, sorts its tables, changes its theme.  Results
 * are lines of TAP in the page, which browser.sh reads from the dumped DOM.
 */
"use strict";

const frame = document.getElementById("frame");
const log = document.getElementById("log");

function say(good, name, page, more) {
    log.append(`${good ? "ok" : "not ok"} - ${page}: ${name}` +
               (good || !more ? "" : ` (${more})`) + "\n");
}

/* The page in a window so wide. */
function open(page, width) {
    return new Promise((resolve) => {
        frame.onload = () => resolve(frame.contentDocument);
        frame.style.width = width + "px";
        frame.src = page.url;
    });
}

function pause(milliseconds) {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function checkPictures(page, doc) {
    const missing = page.pictures.filter((name) => {
        const figure = doc.getElementById("picture-" + name);
        const drawn = figure && figure.querySelector("svg, img");
        const box = drawn && drawn.getBoundingClientRect();
        return !box || box.width < 50 || box.height < 50;
    });
    say(missing.length === 0, "every picture is there", page.name,
        missing.join(" "));
    const ids = [...doc.querySelectorAll("[id]")].map((e) => e.id);
    say(new Set(ids).size === ids.length, "no id is there twice", page.name,
        ids.find((id, i) => ids.indexOf(id) !== i));
    const named = [...doc.querySelectorAll("figure svg")].every(
        (svg) => svg.getAttribute("role") === "img" &&
                 (svg.getAttribute("aria-label") ||
                  svg.querySelector("title")));
    say(named, "pictures have names for those who do not see them",
        page.name);
}

function checkWidth(page, doc, width) {
    const root = doc.documentElement;
    say(root.scrollWidth <= width, `fits ${width} pixels`, page.name,
        `${root.scrollWidth} wide`);
}

/* Of one table: the texts of the cells of a column. */
function column(table, c) {
    return [...table.tBodies[0].rows].map(
        (row) => row.cells[c] ? row.cells[c].textContent.trim() : "");
}

function isSorted(values, sign) {
    for (let i = 1; i < values.length; i++) {
        const a = parseFloat(values[i - 1]), b = parseFloat(values[i]);
        if (!isNaN(a) && !isNaN(b) && sign * (b - a) < 0)
            return false;
    }
    return true;
}

/* Click on the last header, twice: one way, then the other. */
async function checkSorting(page, doc) {
    const tables = [...doc.querySelectorAll("table.sortable")].filter(
        (t) => t.tBodies.length && t.tBodies[0].rows.length > 1 && t.tHead);
    const bad = [];
    for (const table of tables) {
        const heads = table.tHead.rows[table.tHead.rows.length - 1].cells;
        const c = heads.length - 1;
        const target = heads[c].querySelector("button") || heads[c];
        const before = column(table, c).sort().join("\n");
        const ways = [];
        for (let click = 0; click < 2; click++) {
            target.click();
            await pause(1);
            const way = heads[c].getAttribute("aria-sort");
            const sign = way === "descending" ? -1 : 1;
            const now = column(table, c);
            ways.push(way);
            if (now.slice().sort().join("\n") !== before ||
                (now.every((v) => /^[-+\d.]/.test(v)) &&
                 !isSorted(now, sign)))
                bad.push(table.caption ? table.caption.textContent : "table");
        }
        if (ways[0] === ways[1] || !ways[0])
            bad.push("aria-sort");
    }
    say(bad.length === 0, `${tables.length} tables sort`, page.name,
        bad.join(", "));
}

function background(doc) {
    return doc.defaultView.getComputedStyle(doc.body).backgroundColor;
}

async function checkTheme(page, doc) {
    const button = doc.getElementById("theme");
    const seen = new Set([background(doc)]);
    for (let i = 0; button && i < 3; i++) {
        button.click();
        await pause(1);
        seen.add(background(doc));
    }
    say(button && seen.size === 2, "there is a light and a dark one",
        page.name, [...seen].join(" "));
}

function checkParts(page, doc) {
    const missing = page.parts.filter((id) => !doc.getElementById(id));
    say(missing.length === 0, "nothing is left out", page.name,
        missing.join(" "));
    const outside = [...doc.querySelectorAll("[src], link, [href]")].filter(
        (e) => /^(https?:)?\/\//.test(e.getAttribute("src") ||
                                      (e.localName === "link" &&
                                       e.getAttribute("href")) || ""));
    say(outside.length === 0, "nothing is from elsewhere", page.name);
}

async function look() {
    for (const page of pages) {
        let doc = await open(page, 1280);
        checkParts(page, doc);
        checkPictures(page, doc);
        checkWidth(page, doc, 1280);
        await checkSorting(page, doc);
        await checkTheme(page, doc);
        doc = await open(page, 390);
        checkWidth(page, doc, 390);
    }
    log.append("done\n");
}

look().catch((e) => say(false, "looked at all of them", "browser", e.message));
