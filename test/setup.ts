// mocha 12 lets an unhandled rejection pass as green (mochajs/mocha#5507); here it ends the run.
process.on("unhandledRejection", (reason) => {
    throw reason;
});
