/* page.js - comfort for report.html, which is complete without it. */
(function () {
    "use strict";
    var root = document.documentElement, themes = ["auto", "light", "dark"];

    function each(list, what) {
        Array.prototype.forEach.call(list, what);
    }

    /* Light, dark, or as the system has it.  Pages of files may not be
     * allowed to remember. */
    function memory(theme) {
        try {
            if (theme)
                localStorage.setItem("mesa-theme", theme);
            return localStorage.getItem("mesa-theme");
        } catch (refused) {
            return null;
        }
    }

    function show(button, theme) {
        if (theme === "auto")
            delete root.dataset.theme;
        else
            root.dataset.theme = theme;
        button.textContent = "Theme: " + theme;
    }

    function setTheme() {
        var button = document.getElementById("theme");
        var at = Math.max(themes.indexOf(memory()), 0);

        button.hidden = false;
        show(button, themes[at]);
        button.addEventListener("click", function () {
            at = (at + 1) % themes.length;
            show(button, themes[at]);
            memory(themes[at]);
        });
    }

    /* Numbers by value, in front of what is none; texts by the alphabet. */
    function valueOf(row, column) {
        var cell = row.cells[column], text;

        if (!cell)
            return "";
        text = cell.dataset.value === undefined ? cell.textContent
                                                : cell.dataset.value;
        return text.trim() === "" || isNaN(text) ? text : Number(text);
    }

    function compare(a, b) {
        if (typeof a === "number" && typeof b === "number")
            return a - b;
        if (typeof a !== typeof b)
            return typeof a === "number" ? -1 : 1;
        return a.localeCompare(b, "en", { numeric: true });
    }

    function sort(table, head, column) {
        var down = head.getAttribute("aria-sort") === "ascending";
        var body = table.tBodies[0];
        var rows = Array.prototype.map.call(body.rows, function (row, i) {
            return { row: row, i: i, value: valueOf(row, column) };
        });

        rows.sort(function (a, b) {
            var order = compare(a.value, b.value);

            return (down ? -order : order) || a.i - b.i;
        });
        each(rows, function (r) { body.appendChild(r.row); });
        each(table.tHead.rows[0].cells, function (other) {
            other.setAttribute("aria-sort", "none");
        });
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
    }

    function makeSortable(table) {
        each(table.tHead.rows[0].cells, function (head, column) {
            var button = document.createElement("button");

            button.type = "button";
            while (head.firstChild)
                button.appendChild(head.firstChild);
            head.appendChild(button);
            head.setAttribute("aria-sort", "none");
            head.addEventListener("click", function () {
                sort(table, head, column);
            });
        });
    }

    function stopper(button) {
        var svg = button.closest("figure").querySelector("svg");
        var still = matchMedia("(prefers-reduced-motion: reduce)").matches;

        if (!svg || !svg.querySelector("animate"))
            return;
        function set() {
            if (still)
                svg.pauseAnimations();
            else
                svg.unpauseAnimations();
            button.textContent = still ? "Move" : "Stop";
        }
        button.hidden = still;
        button.addEventListener("click", function () {
            still = !still;
            set();
        });
        set();
    }

    setTheme();
    each(document.querySelectorAll("table.sortable"), makeSortable);
    each(document.querySelectorAll("button.stop"), stopper);
}());
