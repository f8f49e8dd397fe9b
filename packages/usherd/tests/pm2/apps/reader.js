process.stdin.setEncoding('utf8');
process.stdin.on('data', (line) => console.log(`read ${JSON.stringify(line)}`));
