// Loaded before a Node sample (`node --require`): leads its requests to the service to a mock instead. The URL, headers and
// body are the sample's own, Host header included. A request to any other host is refused. SAMPLE_MOCK is the mock's
// origin; SAMPLE_SCENARIO, if set, goes along with each request.
"use strict";

const http = require("node:http");
const https = require("node:https");

const SERVICE = "api.segmind.com";
const mock = new URL(process.env.SAMPLE_MOCK);
const scenario = process.env.SAMPLE_SCENARIO;
const request = http.request;

https.request = function (options, answered) {
  const host = options.hostname ?? options.host;
  if (host !== SERVICE) {
    throw new Error(`the sample asked for another host: ${host ?? options}`);
  }
  return request(
    {
      method: options.method,
      path: options.path,
      protocol: mock.protocol,
      hostname: mock.hostname,
      port: mock.port,
      headers: { ...options.headers, host: SERVICE, ...(scenario && { "x-mock-scenario": scenario }) },
    },
    answered,
  );
};

http.request = https.get = http.get = function () {
  throw new Error("the sample took another way than https.request");
};
