"use strict";
function fail() {
    throw new Error('mapped');
}
setTimeout(fail, 100);
//# sourceMappingURL=main.js.map
