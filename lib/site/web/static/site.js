// SPDX-License-Identifier: ISC
// What every page has: nothing but a word to styles that scripts run.
"use strict";
document.documentElement.classList.add("scripts");
