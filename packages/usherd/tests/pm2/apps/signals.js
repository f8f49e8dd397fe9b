// Says which signals it gets.
for (const name of ['SIGUSR2', 'SIGINT']) {
  process.on(name, () => { console.log(`got ${name}`); if (name === 'SIGINT') process.exit(0); });
}
setInterval(() => {}, 1000);
